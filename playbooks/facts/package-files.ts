import type { Host } from '../../connect/ssh.ts'
import { sanitise } from '../../connect/text.ts'
import { fail, type Problem, type Result } from '../../schemas/problem.ts'
import type { PackageFile } from '../../schemas/plan.ts'
import { ask, scriptText } from './answer.ts'
import {
  checkedPlanId,
  debFileName,
  packageArchitecture,
  packageName,
  packageVersion,
} from './package-pattern.ts'
import type { PendingUpgrades, Upgrade } from './pending.ts'
import { type Reading, reading, type Row } from './reading.ts'

/** A package file on a host, checked there, for the caller to stream into the content store. */
export type HostFile = PackageFile & {
  readonly name: string
  readonly architecture: string
  readonly path: string
}

/** What the files of one upgrade say. `changelog`: `none` when no changelog was found, so CVE ids are not known. */
export type FetchedPackage = {
  readonly name: string
  readonly architecture: string
  readonly from: PackageFile | null
  readonly to: PackageFile
  readonly cves: readonly string[]
  readonly changelog: 'read' | 'new' | 'none'
  /** Conffiles of the new version with the MD5 of their content; null for one that the file lists but lacks. */
  readonly conffiles: readonly { readonly path: string; readonly md5: string | null }[]
}

/** Package files gathered on a host; `files` are those that the store wanted. */
export type FetchedPackages = {
  readonly files: readonly HostFile[]
  readonly packages: readonly FetchedPackage[]
}

/** Which bytes the store wants, and what to do about an old version that neither index nor cache has. */
export type FetchOptions = {
  readonly planId: string
  readonly wanted: (sha256: string) => boolean
  readonly oldVersions: 'required' | 'repack' | 'go-without'
  readonly timeoutMs?: number
}

const fileLine = new RegExp(
  `^(?<name>${packageName}) (?<architecture>${packageArchitecture}) (?<version>${packageVersion}) ` +
    `(?<sha256>[0-9a-f]{64}) (?<bytes>\\d+) (?<path>/[\\x21-\\x7e]+)$`,
)
const conffileLine = new RegExp(
  `^(?<name>${packageName})\\t(?<architecture>${packageArchitecture})\\t(?<md5>[0-9a-f]{32}|-)\\t(?<path>/[^\\x00-\\x1f]+)$`,
)
const changelogLine = new RegExp(
  `^(?<name>${packageName})\\t(?<architecture>${packageArchitecture})\\t(?<changelog>read|new|none)\\t` +
    `(?<cves>-|(?:CVE-\\d{4}-\\d{4,7} )*)$`,
)
const tenMinutesMs = 600_000

/**
 * Gathers the .debs of pending upgrades in the plan's throw-away directory on the host, checked against the digests of
 * `pendingUpgrades`, and reads CVE ids (own changelog, entries above the installed version) and conffiles from the new
 * ones. Problems: `apt/old-version-missing`, `apt/fetch-failed`, `apt/wrong-bytes`, `apt/repack-failed`, `host/no-space`,
 * `fact/*`.
 */
export async function fetchPackages(
  host: Host,
  pending: PendingUpgrades,
  o: FetchOptions,
): Promise<Result<FetchedPackages>> {
  const { changes } = pending
  const without = changes.filter((change) => change.from?.source === 'none')
  if (o.oldVersions === 'required' && without.length > 0)
    return fail(...without.map((change) => oldMissing(host.name, change)))
  const free = pending.space.find((place) => place.path === '/var') ?? pending.space[0]
  if (free === undefined || free.freeBytes < 2 * pending.fetchBytes + marginBytes)
    return fail(noSpace(host.name, pending, free?.freeBytes ?? 0))

  const answer = await ask(host, {
    scripts: ['package-files.sh'],
    args: [
      checkedPlanId(o.planId),
      changes.map((change) => newLine(pending, change)).join('\n'),
      changes
        .map((change) => oldLine(pending, change, o))
        .filter((line) => line !== null)
        .join('\n'),
      await scriptText('repack.sh'),
    ],
    timeoutMs: o.timeoutMs ?? tenMinutesMs,
  })
  if (!answer.ok) return answer
  const read = reading(answer.value)
  if (read.word('stop', /^(none|no-directory)$/) === 'no-directory')
    return fail(noDirectory(host.name, o.planId))
  const failed = commandProblems(
    host.name,
    (name) => answer.value.sections.get(name),
    answer.value.complaints,
  )
  if (failed.length > 0) return fail(...failed)
  return readFetched(read, host.name, pending, o)
}
