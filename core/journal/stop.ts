import type { Problem } from '../../schemas/problem.ts'

/** Thrown when an event could not be recorded for certain: whoever catches it starts no new effect and ends the run. */
export type JournalStop = Error & { readonly name: 'JournalStop'; readonly problem: Problem }

/** Makes the error that stops a run, from the problem that a person will read. */
export function journalStop(problem: Problem, cause?: unknown): JournalStop {
  return Object.assign(new Error(problem.what, { cause }), { name: 'JournalStop' as const, problem })
}

/** Tells the journal's stop from a bug. */
export function isJournalStop(error: unknown): error is JournalStop {
  return error instanceof Error && error.name === 'JournalStop' && 'problem' in error
}
