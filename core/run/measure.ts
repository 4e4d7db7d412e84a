import type { HostPlan, PatchPlan, Step } from '../../schemas/plan.ts'
import { hostPlanOf, indexOf } from './plan-index.ts'
import type { RolloutState } from './state.ts'
import { tallyOf } from './tally.ts'

/**
 * Time (ms) that a host may need in the worst case: patched to the last step, then taken back the longer way,
 * by the longest time that each kind of step took on test hosts of the same roles in this rollout.
 * Without a measurement it is twice what the estate expects for a host.
 */
export function neededMs(plan: PatchPlan, state: RolloutState, host: string): number {
  return needOf(plan, state, host, () => true)
}

/** The same time (ms) for a host that has begun: the steps that it has ended are not counted any more. */
export function neededStillMs(plan: PatchPlan, state: RolloutState, host: string): number {
  const ended = state.hosts[host]?.ended ?? {}
  return needOf(plan, state, host, (step) => !(step.id in ended))
}

function needOf(plan: PatchPlan, state: RolloutState, host: string, isLeft: (step: Step) => boolean): number {
  const planned = hostPlanOf(plan, host)
  const unmeasured = 2 * plan.policy.expectedMs
  if (planned === undefined || planned.ring === 'test') return unmeasured
  const measured = longestByVerb(plan, state, planned)
  if (measured.size === 0) return unmeasured
  const back = Math.max(...Object.values(planned.back).map((steps) => sum(steps, measured)))
  return sum(planned.steps.filter(isLeft), measured) + back
}

function longestByVerb(plan: PatchPlan, state: RolloutState, planned: HostPlan): ReadonlyMap<string, number> {
  const { measured } = tallyOf(plan, state)
  const roles = JSON.stringify(planned.roles)
  const longest = measured.get(roles) ?? measure(plan, state, planned)
  measured.set(roles, longest)
  return longest
}

function measure(plan: PatchPlan, state: RolloutState, planned: HostPlan): ReadonlyMap<string, number> {
  const longest = new Map<string, number>()
  const { testOf } = indexOf(plan)
  const peers = new Set(planned.roles.flatMap((role) => testOf.get(role) ?? []))
  for (const peer of peers) {
    for (const step of [...peer.steps, ...Object.values(peer.back).flat()]) {
      const end = state.hosts[peer.host]?.ended[step.id]
      if (end !== undefined) longest.set(step.does, Math.max(longest.get(step.does) ?? 0, end.ms))
    }
  }
  return longest
}

function sum(steps: readonly Step[], measured: ReadonlyMap<string, number>): number {
  return steps.reduce((total, step) => total + (measured.get(step.does) ?? 0), 0)
}
