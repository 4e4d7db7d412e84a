import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Problem } from '../../schemas/problem.ts'

/** Whoever timers run as: their own user and group. */
export type RunsAs = { readonly uid: number; readonly gid: number }

/**
 * Files that timers run or read, and places where these lie, in which somebody else than root and the timers' own user could
 * put other words: they would be done as that user, with the keys of all hosts. Problem `schedule/writable`, one for each
 * place. Files that are not there are left to others.
 */
export async function writableByOthers(
  files: readonly string[],
  as: RunsAs,
  look: (place: string) => Promise<At> = stat,
): Promise<readonly Problem[]> {
  const places = new Set(files.flatMap((file) => withParents(file)))
  const found = await Promise.all([...places].map((place) => problemOf(place, as, look)))
  return found.flatMap((problem) => problem ?? [])
}

function withParents(path: string): readonly string[] {
  const parent = dirname(path)
  return parent === path ? [path] : [...withParents(parent), path]
}

async function problemOf(
  place: string,
  as: RunsAs,
  look: (place: string) => Promise<At>,
): Promise<Problem | undefined> {
  const at = await look(place).catch(() => undefined)
  if (at === undefined) return undefined
  const why = whoMay(at, as)
  if (why === undefined) return undefined
  return {
    code: 'schedule/writable',
    what: 'Somebody else could change what the timers would run or read, and so act on every host in their name.',
    where: place,
    found: why,
    fix: 'Give it to root or to the user of schedule.user, and take from all others the right to write there.',
  }
}

type At = { readonly mode: number; readonly uid: number; readonly gid: number; isDirectory(): boolean }

function whoMay(at: At, { uid, gid }: RunsAs): string | undefined {
  if (at.uid !== 0 && at.uid !== uid) return `it belongs to user ${at.uid}`
  // In a directory with the sticky bit nobody moves what belongs to another.
  if (at.isDirectory() && (at.mode & 0o1000) !== 0) return undefined
  if ((at.mode & 0o002) !== 0) return 'everybody may write there'
  if ((at.mode & 0o020) !== 0 && at.gid !== 0 && at.gid !== gid) return `group ${at.gid} may write there`
  return undefined
}
