import type { PatchPlan } from '../../schemas/plan.ts'
import { mostInFlight } from '../gate/in-flight.ts'
import type { Effect } from './next.ts'
import type { RolloutState } from './state.ts'
import { tallyOf } from './tally.ts'

/**
 * Hosts that a person asked to take back and whose turn it is now: the opposite of the order in which they were
 * patched, one group or wave after the other, as many at once as the plan allows, and none any more once a person asked
 * to stop, or one of them is stuck or its outcome is not known.
 */
export function nowTakenBack(plan: PatchPlan, state: RolloutState): readonly string[] {
  return state.stop === null ? tallyOf(plan, state).turns.now(mostInFlight(plan.policy)) : []
}

/** Hosts that a person asked to take back and that wait for their turn; at most so many of them. */
export function notYetTakenBack(plan: PatchPlan, state: RolloutState, most: number): readonly string[] {
  return tallyOf(plan, state).turns.waiting(most)
}

/** What is told of a host that is not taken back after all. */
export function leftPatched(state: RolloutState, host: string): Effect {
  const why = state.stop === null ? 'another host got stuck on its way back' : `stopped by ${state.stop.by}`
  const said = `still patched: not taken back, because ${why}`
  const was = state.hosts[host]?.mayLose?.was ?? 'done'
  return { do: 'host.end', host, outcome: was, said: was === 'done' ? said : `as before: ${why}` }
}
