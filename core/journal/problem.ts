import type { Problem } from '../../schemas/problem.ts'
import type { BadLine } from './walk.ts'

/** The problem that a broken chain is: names the line and what differs. */
export function corrupt(bad: BadLine): Problem {
  return {
    code: 'journal/corrupt',
    what: `The journal was changed after it was written: ${bad.why}`,
    where: `${bad.file}:${bad.line} (byte ${bad.offset})`,
    ...(bad.found === undefined ? {} : { found: bad.found }),
    ...(bad.expected === undefined ? {} : { expected: bad.expected }),
    fix: 'Nothing is written to it any more. Keep a copy for the inquiry, compare it with the heads kept elsewhere, and restore it from the backup',
  }
}

/** The problem of a journal that the system does not let us read or write. */
export function unreadable(dir: string, error: unknown): Problem {
  return {
    code: 'journal/unreadable',
    what: 'The journal can not be opened',
    where: dir,
    found: error instanceof Error ? error.message : String(error),
    fix: 'Check the directory, its owner and the disk',
  }
}
