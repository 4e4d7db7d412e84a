import type { RolloutEvent } from '../../core/run/events.ts'
import { isExpired } from '../../core/run/held.ts'
import { soakOf } from '../../core/gate/soak.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { expired } from './expired.ts'
import type { Rollout } from './rollouts.ts'

/** What a person asks of one rollout when resuming it: to go on after a stop, or to end its soak early. */
export type Asked = { readonly goOn: string | undefined; readonly expedite: string | undefined }

/** What is to be journalled before the rollout goes on; problems: `gate/stuck`, `input/...`. */
export function letGoOn(
  rollout: Rollout,
  { goOn, expedite }: Asked,
  by: string,
): Result<readonly RolloutEvent[]> {
  const reopened = goOn === undefined ? ok(null) : reopen(rollout, goOn, by)
  if (!reopened.ok) return reopened
  const shortened = expedite === undefined ? ok(null) : shorten(rollout, expedite, by)
  if (!shortened.ok) return shortened
  return ok([reopened.value, shortened.value].filter((event) => event !== null))
}

function reopen({ plan, state }: Rollout, reason: string, by: string): Result<RolloutEvent> {
  const stuck = Object.keys(state.hosts).filter((host) => state.hosts[host]?.outcome === 'stuck')
  if (isExpired(state)) return fail(expired(plan.id))
  const isStopped = state.stop !== null || state.outcome === 'stopped'
  if (isStopped && stuck.length === 0) {
    return ok({ type: 'rollout.reopened', data: { rollout: plan.id, reason, by } })
  }
  if (isStopped) {
    return fail({
      code: 'gate/stuck',
      what: 'A rollout with a stuck host does not go on.',
      where: plan.id,
      found: stuck.join(', '),
      fix: 'Put the host right, then say so: upkeep settle HOST --as done|undone --reason TEXT.',
    })
  }
  return fail({
    code: 'input/not-stopped',
    what: 'This rollout was not stopped: there is nothing to let go on.',
    where: plan.id,
    found: state.outcome ?? state.status,
  })
}

function shorten({ plan, state }: Rollout, reason: string, by: string): Result<RolloutEvent> {
  const isOver = state.status === 'ended' && state.stop === null && state.outcome !== 'stopped'
  if (!isOver && soakOf(plan, state) > 0) {
    return ok({ type: 'soak.shortened', data: { rollout: plan.id, reason, by } })
  }
  return fail({
    code: 'input/no-soak',
    what: 'This rollout has no soak left to shorten.',
    where: plan.id,
    found:
      state.shortened === null
        ? (state.outcome ?? 'no soak is planned')
        : `shortened by ${state.shortened.by}`,
  })
}
