import type { Host } from '../../connect/ssh.ts'
import type { Result } from '../../schemas/problem.ts'
import { type Answer, ask } from './answer.ts'
import type { FetchedPackage } from './package-files.ts'
import { packageArchitecture, packageName } from './package-pattern.ts'
import { reading } from './reading.ts'

/** A configuration file as dpkg recorded it (MD5) and as it is now; null when dpkg has no sum, or no file is there. */
export type Conffile = {
  readonly path: string
  readonly package: string
  readonly architecture: string
  readonly recordedMd5: string | null
  readonly currentMd5: string | null
  /** The package that is installed does not bring it any more. */
  readonly obsolete: boolean
}

/** Conffiles of a host: all, those that the admin changed or took away, and what lies at other paths asked for. */
export type Conffiles = {
  readonly all: readonly Conffile[]
  readonly changed: readonly Conffile[]
  readonly others: Readonly<Record<string, string | null>>
}

/** A conffile that the admin and the new package both changed: dpkg would ask. */
export type ConffileConflict = {
  readonly path: string
  readonly package: string
  readonly currentMd5: string | null
  readonly newMd5: string
}

const recordedRecord = new RegExp(
  `^(?<name>${packageName})\\\\x09(?<architecture>${packageArchitecture}|)\\\\x09` +
    `(?<md5>[0-9a-f]{32}|newconffile)(?<flags>(?: obsolete| remove-on-upgrade)*)\\\\x09(?<path>/.*)$`,
)
const currentRecord = /^(?<md5>[0-9a-f]{32}|-) {2}(?<path>\/.*)$/

/** Reads the conffiles of all packages, and the MD5 of what lies at the paths of `also`. Problems: `fact/*`. */
export async function conffiles(host: Host, also: readonly string[] = []): Promise<Result<Conffiles>> {
  const answer = await ask(host, { scripts: ['conffiles.sh'], args: [also.join('\n')], timeoutMs: 120_000 })
  return answer.ok ? readConffiles(answer.value) : answer
}

/** Reads the answer of `conffiles.sh`. Problems: `fact/*`. */
export function readConffiles(answer: Answer): Result<Conffiles> {
  const read = reading(answer)
  const current = new Map(
    read.records('current', currentRecord).map((row) => [row.path ?? '', row.md5 === '-' ? null : row.md5]),
  )
  const all = read.records('recorded', recordedRecord).map((row): Conffile => {
    const { name = '', architecture = '', md5, flags, path = '' } = row
    const now = current.get(path)
    if (now === undefined)
      read.refuse({
        code: 'fact/incomplete',
        what: 'The host did not say what a conffile holds.',
        where: `${answer.host}:${path}`,
        fix: 'Try again; if it stays so, run md5sum on the file.',
      })
    return {
      path,
      package: name,
      architecture,
      recordedMd5: md5 === undefined || md5 === 'newconffile' ? null : md5,
      currentMd5: now ?? null,
      obsolete: flags?.includes('obsolete') ?? false,
    }
  })
  const recorded = new Set(all.map((one) => one.path))
  return read.done({
    all,
    changed: all.filter((one) => !one.obsolete && one.recordedMd5 !== one.currentMd5),
    others: Object.fromEntries(
      [...current].filter(([path]) => !recorded.has(path)).map(([path, md5]) => [path, md5 ?? null]),
    ),
  })
}

/**
 * Conffiles about which dpkg would ask: the new content is neither the recorded nor the current one, and the current one
 * is not the recorded one (dpkg(1), conffile handling). A new conffile whose path is taken
 * already counts as well, if `conffiles` was asked about that path.
 */
export function conffileConflicts(
  found: Conffiles,
  packages: readonly Pick<FetchedPackage, 'name' | 'conffiles'>[],
): readonly ConffileConflict[] {
  const conflicts: ConffileConflict[] = []
  for (const { name, conffiles } of packages) {
    for (const { path, md5 } of conffiles) {
      if (md5 === null) continue
      const before = found.all.filter((one) => one.path === path)
      const known = before.find((one) => one.package === name) ?? before[0]
      const currentMd5 = known?.currentMd5 ?? found.others[path] ?? null
      const recordedMd5 = known?.recordedMd5 ?? null
      if (currentMd5 !== recordedMd5 && md5 !== recordedMd5 && md5 !== currentMd5)
        conflicts.push({ path, package: name, currentMd5, newMd5: md5 })
    }
  }
  return conflicts.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}
