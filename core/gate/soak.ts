import type { PatchPlan } from '../../schemas/plan.ts'
import type { RolloutState } from '../run/state.ts'

/** How long (ms) test hosts soak: as planned, or not at all once a person has shortened it. */
export function soakOf(plan: PatchPlan, state: RolloutState): number {
  return state.shortened === null ? plan.policy.soakMs : 0
}

/** Whether owner and liaison were told a start that a shortened soak has brought forward since. */
export function isSoonerThanTold(state: RolloutState): boolean {
  const told = state.mails['before']
  return told !== undefined && state.shortened !== null && told.startedMs < state.shortened.timeMs
}
