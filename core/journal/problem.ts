import type { Problem } from '../../schemas/problem.ts'
import type { BadLine } from './walk.ts'

/** The problem that a broken chain is, or one that another version of Upkeep wrote: names the line and what differs. */
export function corrupt(bad: BadLine): Problem {
  if (bad.foreign === true) return foreign(bad)
  return {
    code: 'journal/corrupt',
    what: `The journal was changed after it was written: ${bad.why}`,
    where: `${bad.file}:${bad.line} (byte ${bad.offset})`,
    ...(bad.found === undefined ? {} : { found: bad.found }),
    ...(bad.expected === undefined ? {} : { expected: bad.expected }),
    fix: 'Nothing is written to it any more. Keep a copy for the inquiry, compare it with the heads kept elsewhere, and restore it from the backup',
  }
}

function foreign({ file, line, offset, found, expected }: BadLine): Problem {
  return {
    code: 'journal/version',
    what: 'The journal was written by another version of Upkeep, which this one can not read',
    where: `${file}:${line} (byte ${offset})`,
    ...(found === undefined ? {} : { found }),
    ...(expected === undefined ? {} : { expected }),
    fix: 'Nothing is written to it. Go on with the version of Upkeep that wrote it',
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
