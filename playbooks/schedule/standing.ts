import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../../core/durable.ts'
import { ownerOf, type Owner, withoutMark } from '../../core/schedule/mark.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'

/**
 * How a unit file stands to what the estate wants: `new` is not there yet, `changed` says something else, `renewed` says
 * the same of an older text of the estate, `gone` is ours and not wanted any more, `off` is there and not in force.
 */
export type Standing = 'same' | 'new' | 'changed' | 'renewed' | 'gone' | 'off'

/** Where administrators' units lie, and where else a unit of the same name would be read from. */
export const unitDirectories = {
  own: '/etc/systemd/system',
  others: ['/run/systemd/system', '/usr/local/lib/systemd/system', '/usr/lib/systemd/system'],
} as const

/** A unit is a few hundred bytes. */
const mostBytes = 256 * 1024

/**
 * How each unit file stands, those of the estate that are wanted no longer too, by file name. Nothing is changed. Problems
 * `schedule/not-ours`: a wanted name is taken by what is no unit of this estate; `schedule/unreadable`.
 */
export async function standingOf(
  wanted: Readonly<Record<string, string>>,
  owner: Owner,
  directories: { readonly own: string; readonly others: readonly string[] } = unitDirectories,
): Promise<Result<ReadonlyMap<string, Standing>>> {
  const names = await namesIn(directories.own)
  if (!names.ok) return names
  const found = names.value.filter((name) => /^upkeep_.*\.(timer|service)$/.test(name))
  const standing = new Map<string, Standing>()
  const problems: Problem[] = []
  for (const file of [...new Set([...Object.keys(wanted), ...found])].toSorted()) {
    const want = wanted[file]
    const taken = want === undefined ? undefined : await takenBy(file, directories)
    if (taken !== undefined) {
      problems.push(taken)
      continue
    }
    const path = join(directories.own, file)
    const text = await textOf(path)
    const isOurs = typeof text === 'string' && (await belongs(ownerOf(text), owner))
    if (text === null) standing.set(file, 'new')
    else if (isOurs) standing.set(file, compared(want, text))
    // What has our name and is not wanted is none of our business, unless it is ours.
    else if (want !== undefined)
      problems.push(notOurs(path, typeof text === 'string' ? ownerOf(text) : undefined))
  }
  return problems.length > 0 ? fail(...problems) : ok(standing)
}

function compared(want: string | undefined, text: string): Standing {
  if (want === undefined) return 'gone'
  if (want === text) return 'same'
  return withoutMark(want) === withoutMark(text) ? 'renewed' : 'changed'
}

/** The same estate file, whatever its estate was called; or one of the same name whose file is no longer there: it has moved. */
async function belongs(found: Owner | undefined, owner: Owner): Promise<boolean> {
  if (found === undefined) return false
  if (found.file === owner.file) return true
  return found.estate === owner.estate && (await isGone(found.file))
}

/** Whether a file is surely not there: one that can not be looked at (a network that is down) may be. */
async function isGone(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    (error: unknown) => systemCode(error) === 'ENOENT',
  )
}

async function namesIn(directory: string): Promise<Result<readonly string[]>> {
  try {
    return ok(await readdir(directory))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ok([])
    const what = 'The directory of systemd units can not be read.'
    return fail({ code: 'schedule/unreadable', what, where: directory, found: String(systemCode(error)) })
  }
}

/** Text of a regular file; null where there is none, undefined where there is something else. */
async function textOf(path: string): Promise<string | null | undefined> {
  const stat = await lstat(path).catch(() => null)
  if (stat === null) return null
  // A link is what `systemctl mask` makes, or what leads elsewhere.
  if (!stat.isFile() || stat.size > mostBytes) return undefined
  return readFile(path, 'utf8').catch(() => undefined)
}

async function takenBy(
  file: string,
  { others }: { readonly others: readonly string[] },
): Promise<Problem | undefined> {
  for (const directory of others) {
    const path = join(directory, file)
    if ((await lstat(path).catch(() => null)) !== null) return notOurs(path, undefined)
  }
  return undefined
}

function notOurs(path: string, owner: Owner | undefined): Problem {
  const problem = {
    code: 'schedule/not-ours',
    what: 'There is a unit of this name that was not written for this estate; nothing was changed.',
    where: path,
  }
  if (owner === undefined)
    return { ...problem, fix: 'See what it is for, and remove it or give the estate another name.' }
  const found = `a unit of the estate ${owner.estate} in ${owner.file}`
  const fix =
    'Give one of the two estates another name, or run `upkeep schedule remove` with that file first.'
  return { ...problem, found, fix }
}
