import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import type { ExitName } from '../../core/exit.ts'
import type { Problem } from '../../schemas/problem.ts'
import { type Shell, textOption } from '../command.ts'
import { refuse } from '../told.ts'
import { isSamePerson, personOf } from './person.ts'
import { type Rollout, rolloutById } from './rollouts.ts'
import type { Session } from './session.ts'

/** Closes what a shortened soak left open: another person than who shortened it has looked. */
export async function reviewed(shell: Shell, estate: ResolvedEstate, session: Session): Promise<ExitName> {
  const id = textOption(shell, 'rollout')
  const reason = textOption(shell, 'reason')?.trim() ?? ''
  if (id === undefined || reason === '') {
    const what = 'Name the rollout, and what your review found: --rollout ID --reason TEXT.'
    return refuse(shell, [{ code: 'usage/reviewed', what }])
  }
  const rollout = await rolloutById(estate, session.events(), id)
  if (!rollout.ok) return refuse(shell, rollout.problems)
  const by = personOf(shell)
  const problem = whyNot(rollout.value, by)
  if (problem !== null) return refuse(shell, [problem])
  await session.tell({ type: 'soak.reviewed', data: { rollout: id, reason, by } })
  if (shell.json) {
    shell.out(JSON.stringify({ messageType: 'reviewed', schemaVersion: 1, rollout: id, by, reason }))
  } else shell.out(`Reviewed by ${by}: the shortened soak of ${id} is no open item any more.`)
  return 'ok'
}

function whyNot({ plan, state: { shortened } }: Rollout, by: string): Problem | null {
  if (shortened === null || shortened.reviewed !== null) {
    return {
      code: 'input/nothing-to-review',
      what:
        shortened === null
          ? 'Nobody shortened the soak of this rollout.'
          : 'The shortened soak of this rollout was reviewed already.',
      where: plan.id,
      ...(shortened?.reviewed === undefined || shortened.reviewed === null
        ? {}
        : { found: `${shortened.reviewed.by}: ${shortened.reviewed.reason}` }),
    }
  }
  if (!isSamePerson(shortened.by, by)) return null
  return {
    code: 'gate/same-person',
    what: 'Who shortened a soak does not review it.',
    where: plan.id,
    found: by,
    expected: 'another person',
  }
}
