import { canonical } from '../../core/canonical.ts'
import type { ResolvedSystem } from '../../core/estate/resolved.ts'
import type { HostPlan, Step } from '../../schemas/plan.ts'
import { patchSteps, waysBack } from '../patch-steps.ts'
import { subjectOf } from './subject.ts'

/**
 * What the estate, as it is now, would do otherwise on a host than its plan says, a few words for each step; empty when
 * nothing. The packages are the plan's. A rollout may go on with a changed estate as long as this is empty.
 */
export function whatWouldDiffer(
  system: ResolvedSystem,
  planned: HostPlan,
  rollout: string,
): readonly string[] {
  const host = system.hosts.find((one) => one.name === planned.host)
  if (host === undefined) return [`the estate has no host ${planned.host} in ${system.name} any more`]
  if (host.ring !== planned.ring) return [`${host.name} is in the ring ${host.ring} now`]
  const subject = subjectOf(system, host, planned.packages, rollout)
  const back = waysBack(subject)
  return [
    ...differences([...patchSteps(subject)], planned.steps, ''),
    ...(['untouched', 'snapshot', 'packages'] as const).flatMap((way) =>
      differences(back[way], planned.back[way], ` of the way back "${way}"`),
    ),
  ].slice(0, 6)
}

function differences(now: readonly Step[], planned: readonly Step[], of: string): readonly string[] {
  const then = new Map(planned.map((step) => [step.id, step]))
  const ids = new Set(now.map((step) => step.id))
  const moved = now.flatMap((step) => {
    const before = then.get(step.id)
    if (before === undefined) return [`step ${step.id}${of} is new`]
    return canonical(before) === canonical(step) ? [] : [`step ${step.id}${of} is another one now`]
  })
  const gone = planned.filter((step) => !ids.has(step.id)).map((step) => `step ${step.id}${of} is gone`)
  const isOrder =
    moved.length === 0 && gone.length === 0 && now.some((step, at) => step.id !== planned[at]?.id)
  return [...moved, ...gone, ...(isOrder ? [`the steps${of} stand in another order`] : [])]
}
