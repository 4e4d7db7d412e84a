import { sanitiseAll } from '../connect/text.ts'
import { type ExitName, exitNameOf } from '../core/exit.ts'
import { isJournalStop } from '../core/journal/stop.ts'
import { renderProblems } from '../core/problem.ts'
import { leaseLostProblem } from '../core/run/execute.ts'
import type { Problem } from '../schemas/problem.ts'
import type { Shell } from './command.ts'

/** More of one text of a problem is not told. */
const mostChars = 20_000

/** Tells problems to people (standard error) or programs (JSON), and names the exit code of the first. */
export function refuse(shell: Shell, found: readonly Problem[]): ExitName {
  const problems = sanitiseAll(found, { maxChars: mostChars, oneLine: false })
  const exit = exitNameOf(problems[0]?.code ?? 'input/unknown')
  if (shell.json) shell.out(JSON.stringify({ messageType: 'problems', schemaVersion: 1, exit, problems }))
  else shell.note(renderProblems(problems, { colour: shell.terminal.colour }))
  return exit
}

/** Tells what was thrown: trouble with the journal or the lease by its problem, anything else as a fault of Upkeep. */
export function told(shell: Shell, cause: unknown): ExitName {
  if (isJournalStop(cause)) return refuse(shell, [cause.problem])
  const lost = leaseLostProblem(cause)
  if (lost !== null) return refuse(shell, [lost])
  shell.note(`A fault of Upkeep itself: ${cause instanceof Error ? cause.message : String(cause)}`)
  if (shell.env['UPKEEP_DEBUG'] && cause instanceof Error) shell.note(cause.stack ?? '')
  else shell.note('Set UPKEEP_DEBUG=1 to see where.')
  return 'internal'
}
