import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import { type ExitName, exitNameOf } from '../../core/exit.ts'
import type { Event } from '../../schemas/event.ts'
import type { Problem } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import { expiryText, holdingsOutput, say } from '../show/holdings.ts'
import { zoneOf } from '../show/when.ts'
import { refuse } from '../told.ts'
import { dueOf, expire } from './expire.ts'
import { type Holdings, holdings } from './holdings.ts'
import { rolloutIds } from './rollouts.ts'
import type { Session } from './session.ts'

/** Says what is held, and what of it has expired; nothing is removed. */
export async function showExpiry(
  shell: Shell,
  estate: ResolvedEstate,
  events: readonly Event[],
): Promise<ExitName> {
  const found = await holdings(estate, events, shell.now())
  if (!found.ok) return refuse(shell, found.problems)
  if (shell.json) return json(shell, found.value, true, [])
  for (const one of found.value.held)
    say(shell, one, expiryText(one, shell.now(), zoneOf(estate, one.system)))
  const { files, bytes, expired } = holdingsOutput(found.value, shell.now()).store
  say(shell, { what: 'store', files, bytes }, `expired: ${expired.files}`)
  shell.out('Nothing was removed. Next: upkeep patch expire')
  return 'ok'
}

/** Removes what has expired, as a person asks for it. */
export async function expireNow(shell: Shell, estate: ResolvedEstate, session: Session): Promise<ExitName> {
  const found = await holdings(estate, session.events(), shell.now())
  if (!found.ok) return refuse(shell, found.problems)
  const due = dueOf(found.value, shell.now())
  if (!shell.json && due.length === 0 && found.value.unneeded.length === 0) {
    shell.out('Nothing has expired.')
  }
  const problems = await expire(shell, session, found.value, due)
  const [first] = problems
  if (!shell.json) return first === undefined ? 'ok' : refuse(shell, problems)
  const left = await holdings(estate, session.events(), shell.now())
  if (!left.ok) return refuse(shell, left.problems)
  json(shell, left.value, false, problems)
  return first === undefined ? 'ok' : exitNameOf(first.code)
}

/** Removes what has expired at the end of a `resume` that left nothing under way; trouble is said, and tried again in a day. */
export async function expireWhenIdle(shell: Shell, estate: ResolvedEstate, session: Session): Promise<void> {
  if (rolloutIds(session.events()).some(({ ended }) => !ended)) return
  const found = await holdings(estate, session.events(), shell.now())
  if (!found.ok) {
    for (const { what } of found.problems) shell.note(`Not looked for what has expired: ${what}`)
    return
  }
  await expire(shell, session, found.value, dueOf(found.value, shell.now(), true))
}

function json(shell: Shell, found: Holdings, dryRun: boolean, problems: readonly Problem[]): ExitName {
  const output = holdingsOutput(found, shell.now())
  shell.out(JSON.stringify({ messageType: 'expire', schemaVersion: 1, dryRun, problems, ...output }))
  return 'ok'
}
