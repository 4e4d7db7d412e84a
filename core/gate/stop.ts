import type { PatchPlan } from '../../schemas/plan.ts'
import type { Wait } from '../run/next.ts'
import type { RolloutState } from '../run/state.ts'
import type { StartGates, StartVerdict } from './start.ts'

/** What a rollout waits for that a person stopped: a person. */
export function stopWait(plan: PatchPlan, stop: { readonly by: string; readonly reason: string }): Wait {
  const goOn = `upkeep resume --rollout ${plan.id} --go-on REASON`
  return {
    gate: 'stopped',
    says: `stopped by ${stop.by}: ${stop.reason}; a person lets it go on: ${goOn}`,
    untilMs: null,
  }
}

/** Why nothing more is started though something is left: an interrupt, or a stop that a person asked for; null: neither. */
export function startsNoMore(
  plan: PatchPlan,
  state: RolloutState,
  nowMs: number,
  gates: StartGates,
  inFlight: number,
): StartVerdict | null {
  const { stop } = state
  if (stop !== null && stop.end) {
    if (inFlight > 0) return { verdict: 'wait', waits: [] }
    return { verdict: 'end', outcome: 'stopped', said: `stopped by ${stop.by}: ${stop.reason}` }
  }
  if (stop !== null) return { verdict: 'wait', waits: [stopWait(plan, stop)] }
  if (!gates.stopping) return null
  return {
    verdict: 'wait',
    waits: [{ gate: 'stop', says: 'asked to start no more hosts', untilMs: nowMs }],
  }
}
