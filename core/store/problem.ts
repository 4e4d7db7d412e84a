import { fail, type Problem } from '../../schemas/problem.ts'
import { systemCode } from '../durable.ts'

/** A trouble of the system as a problem; anything else is a bug and throws on. */
export function storeTrouble(error: unknown, where: string): ReturnType<typeof fail> {
  const code = systemCode(error)
  if (code === undefined) throw error
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  return fail({
    code: isFull ? 'store/full' : 'store/unreadable',
    what: isFull ? 'The disk of the content store is full' : 'The content store can not be read or written',
    where,
    found: error instanceof Error ? error.message : code,
    fix: isFull ? 'Make room there and do it again' : 'Check the directory, its owner and the disk',
  })
}

/** The problem of bytes that the store does not have. */
export function missing(digest: string, where: string): Problem {
  return {
    code: 'store/missing',
    what: 'The content store does not have these bytes',
    where,
    expected: `sha256 ${digest}`,
    fix: 'Make the plan again, or put the file back into the store',
  }
}

/** The problem of bytes that are not those that were asked for. */
export function changed(expected: string, found: string, where: string): Problem {
  return {
    code: 'store/changed',
    what: 'The bytes are not those that were planned',
    where,
    found: `sha256 ${found}`,
    expected: `sha256 ${expected}`,
    fix: 'Find out who changed them. To have them fetched again, remove the file and make the plan again',
  }
}
