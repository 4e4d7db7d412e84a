import type { Event } from '../../schemas/event.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { systemCode } from '../durable.ts'
import { corrupt, unreadable } from './problem.ts'
import { walkJournal } from './walk.ts'

/**
 * Reads a journal event by event, without a lock, also while another writes it; an unfinished last line is left out.
 * The last result is the problem `journal/corrupt`, `journal/version` or `journal/unreadable`, if there is one; no
 * directory, no events.
 */
export async function* readJournal(dir: string): AsyncGenerator<Result<Event>> {
  try {
    for await (const found of walkJournal(dir)) {
      if (found.kind === 'event') yield ok(found.event)
      if (found.kind === 'bad') yield fail(corrupt(found.bad))
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    if (systemCode(error) !== 'ENOENT') yield fail(unreadable(dir, error))
  }
}
