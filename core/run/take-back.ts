import type { PatchPlan } from '../../schemas/plan.ts'
import type { Effect } from './next.ts'
import { type HostState, type RolloutState, trackOf, unknownStep } from './state.ts'

/**
 * Hosts that a person asked to take back and whose turn has not come: the opposite of the order in which they were
 * patched, one group or wave after the other, as many at once as the plan allows, and none any more once a person asked to
 * stop, or one of them is stuck or its outcome is not known.
 */
export function notYetTakenBack(plan: PatchPlan, state: RolloutState): readonly string[] {
  const onTheWay = state.takenBack.filter((host) => state.hosts[host]?.phase === 'back')
  const begun = onTheWay.filter((host) => hasBegun(plan, host, state.hosts[host]))
  const waiting = onTheWay.filter((host) => !begun.includes(host))
  if (state.stop !== null || state.takenBack.some((host) => isTrouble(state.hosts[host]))) return waiting
  const order = [...plan.test, ...plan.waves].toReversed().map((hosts) => hosts.toReversed())
  const group = order.find((hosts) => hosts.some((host) => onTheWay.includes(host))) ?? onTheWay
  const places = Math.max(0, plan.policy.atOnce - begun.length)
  const next = group.filter((host) => waiting.includes(host)).slice(0, places)
  return waiting.filter((host) => !next.includes(host))
}

/** What is told of a host that is not taken back after all. */
export function leftPatched(state: RolloutState, host: string): Effect {
  const why = state.stop === null ? 'another host got stuck on its way back' : `stopped by ${state.stop.by}`
  const said = `still patched: not taken back, because ${why}`
  return { do: 'host.end', host, outcome: 'done', said }
}

function hasBegun(plan: PatchPlan, name: string, host: HostState | undefined): boolean {
  if (host === undefined) return false
  return host.running !== null || trackOf(plan, name, host).some((step) => host.ended[step.id] !== undefined)
}

function isTrouble(host: HostState | undefined): boolean {
  if (host === undefined) return false
  return host.outcome === 'stuck' || (host.phase !== 'ended' && unknownStep(host) !== undefined)
}
