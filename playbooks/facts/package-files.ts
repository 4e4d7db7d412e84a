import type { Host } from '../../connect/ssh.ts'
import { fail, type Problem, type Result } from '../../schemas/problem.ts'
import type { PackageFile } from '../../schemas/plan.ts'
import { ask, scriptText } from './answer.ts'
import { readFetched } from './package-files-read.ts'
import { checkedPlanId, debFileName } from './package-pattern.ts'
import type { PendingUpgrades, Upgrade } from './pending.ts'

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

const tenMinutesMs = 600_000
// What changelogs and conffiles take while they are read.
const marginBytes = 64 << 20

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
  const freeBytes = pending.space.find((place) => place.path === '/var')?.freeBytes ?? 0
  const needBytes = 2 * pending.fetchBytes + marginBytes
  if (freeBytes < needBytes) return fail(noSpace(host.name, needBytes, freeBytes))

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
  return readFetched(answer.value, pending, o)
}

function newLine(pending: PendingUpgrades, change: Upgrade): string {
  const now = pending.installed.find(
    (one) => one.name === change.name && one.architecture === change.fromArchitecture,
  )
  return [
    change.name,
    change.architecture,
    change.toVersion,
    change.to.sha256,
    change.to.file,
    aptName(pending, change.name, change.architecture),
    now === undefined || now.sourceVersion === '' ? '-' : now.sourceVersion,
  ].join(' ')
}

function oldLine(pending: PendingUpgrades, change: Upgrade, o: FetchOptions): readonly string[] {
  const { name, from, fromVersion: version, fromArchitecture: architecture } = change
  if (from === null || version === null || architecture === null) return []
  const apt = aptName(pending, name, architecture)
  const file = debFileName({ name, version, architecture })
  if (from.source === 'none')
    return o.oldVersions === 'repack' ? [`repack ${name} ${architecture} ${version} - ${file} ${apt}`] : []
  if (!o.wanted(from.sha256)) return []
  return from.cached === null
    ? [`fetch ${name} ${architecture} ${version} ${from.sha256} ${file} ${apt}`]
    : [`cache ${name} ${architecture} ${version} ${from.sha256} ${from.cached} ${apt}`]
}

function aptName(pending: PendingUpgrades, name: string, architecture: string): string {
  return architecture === 'all' || architecture === pending.architecture ? name : `${name}:${architecture}`
}

function oldMissing(host: string, change: Upgrade): Problem {
  return {
    code: 'apt/old-version-missing',
    what: `The installed version of ${change.name} can not be fetched any more, so there would be no way back to it.`,
    where: host,
    found: `${change.name} ${change.fromVersion}: in no index and not in the host's cache`,
    fix: 'Put the old .deb into a repository or the cache of the host, or set oldVersions: repack (or go-without) in the policy.',
  }
}

/** The host has not the room for the files that a plan needs. */
export function noSpace(host: string, needBytes: number, freeBytes: number): Problem {
  return {
    code: 'host/no-space',
    what: 'There is not enough room on the host to fetch the packages.',
    where: `${host}:/var/tmp`,
    found: `${freeBytes} bytes free`,
    expected: `${needBytes} bytes`,
    fix: 'Free space under /var on the host.',
  }
}
