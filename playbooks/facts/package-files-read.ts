import { sanitise } from '../../connect/text.ts'
import { fail, type Problem, type Result } from '../../schemas/problem.ts'
import type { PackageFile } from '../../schemas/plan.ts'
import type { Answer } from './answer.ts'
import type { FetchedPackage, FetchedPackages, FetchOptions, HostFile } from './package-files.ts'
import { packageArchitecture, packageName, packageVersion } from './package-pattern.ts'
import type { PendingUpgrades, Upgrade } from './pending.ts'
import { reading, type Row } from './reading.ts'

const who = `(?<name>${packageName})\\t(?<architecture>${packageArchitecture})`
const fileLine = new RegExp(
  `^(?<name>${packageName}) (?<architecture>${packageArchitecture}) (?<version>${packageVersion}) ` +
    `(?<sha256>[0-9a-f]{64}) (?<bytes>\\d+) (?<path>/[\\x21-\\x7e]+)$`,
)
const conffileLine = new RegExp(`^${who}\\t(?<md5>[0-9a-f]{32}|-)\\t(?<path>/[^\\x00-\\x1f]+)$`)
const changelogLine = new RegExp(
  `^${who}\\t(?<changelog>read|new|none)\\t(?<cves>-|(?:CVE-\\d{4}-\\d{4,7} )*)$`,
)

/** Reads the answer of `package-files.sh`; problems as `fetchPackages` has them. */
export function readFetched(
  answer: Answer,
  pending: PendingUpgrades,
  o: FetchOptions,
): Result<FetchedPackages> {
  const { host } = answer
  const read = reading(answer)
  if (read.word('stop', /^(none|no-directory)$/) === 'no-directory') return fail(noDirectory(host, o.planId))
  for (const part of ['fetch', 'repack'] as const) {
    const section = answer.sections.get(part)
    if (section !== undefined && section.code !== 0)
      return fail(commandFailed(host, part, `${section.bytes.toString().slice(-400)} ${answer.complaints}`))
  }
  for (const part of ['fetch', 'repack', 'unpack']) read.text(part)
  const gathered = new Map(read.rows('files', fileLine).map((row) => [key(row), row]))
  const conffiles = read.rows('conffiles', conffileLine)
  const changelogs = new Map(read.rows('changelogs', changelogLine).map((row) => [key(row), row]))
  const packages: FetchedPackage[] = []
  const files: HostFile[] = []

  for (const change of pending.changes) {
    const { name, architecture, fromVersion, fromArchitecture } = change
    const to: PackageFile = {
      version: change.toVersion,
      sha256: change.to.sha256,
      bytes: change.to.bytes,
      source: 'repository',
    }
    const old = gathered.get(key({ name, architecture: fromArchitecture, version: fromVersion }))
    const from = oldFile(change, old, o.oldVersions)
    const wanted = [
      { file: to, row: gathered.get(key({ ...change, version: to.version })), needed: true },
      ...(from === null ? [] : [{ file: from, row: old, needed: o.wanted(from.sha256) }]),
    ]
    for (const { file, row, needed } of wanted) {
      if (needed && row?.sha256 !== file.sha256) read.refuse(wrongBytes(host, name, file, row?.sha256))
      const streamed = o.wanted(file.sha256) || file.source === 'repacked' // nobody could know its digest before
      if (row?.path !== undefined && streamed)
        files.push({ ...file, name, architecture: row.architecture ?? '', path: row.path })
    }
    const log = changelogs.get(key({ name, architecture }))
    if (log === undefined) read.refuse(commandFailed(host, 'changelogs', `nothing about ${name}`))
    packages.push({
      name,
      architecture,
      from,
      to,
      cves: (log?.cves ?? '').split(' ').filter((id) => id.startsWith('CVE-')),
      changelog: log?.changelog === 'read' || log?.changelog === 'new' ? log.changelog : 'none',
      conffiles: conffiles
        .filter((row) => row.name === name && row.architecture === architecture)
        .map((row) => ({ path: row.path ?? '', md5: row.md5 === '-' ? null : (row.md5 ?? null) })),
    })
  }
  return read.done({ files, packages })
}

function oldFile(
  change: Upgrade,
  repacked: Row | undefined,
  policy: FetchOptions['oldVersions'],
): PackageFile | null {
  const { from, fromVersion: version } = change
  if (from === null || version === null) return null
  if (from.source !== 'none') return { version, sha256: from.sha256, bytes: from.bytes, source: from.source }
  if (policy === 'go-without') return null
  return { version, sha256: repacked?.sha256 ?? '', bytes: Number(repacked?.bytes), source: 'repacked' }
}

function wrongBytes(host: string, name: string, file: PackageFile, found: string | undefined): Problem {
  const missing = found === undefined
  return {
    code: missing ? 'apt/fetch-failed' : 'apt/wrong-bytes',
    what: missing
      ? `The file of ${name} ${file.version} was not to be had.`
      : `The file of ${name} ${file.version} is not the one that the index names.`,
    where: host,
    ...(missing ? {} : { found: `SHA-256 ${found}` }),
    expected: file.sha256 === '' ? 'a repacked file' : `SHA-256 ${file.sha256}`,
    fix: 'Make a new plan; if it stays so, the repository and its index do not agree, or somebody changes files on the way.',
  }
}

function commandFailed(host: string, part: string, said: string): Problem {
  return {
    code: part === 'repack' ? 'apt/repack-failed' : 'apt/fetch-failed',
    what:
      part === 'repack'
        ? 'An installed version could not be put together again from its files.'
        : 'The packages could not be fetched or read on the host.',
    where: host,
    found: sanitise(said.trim(), 500),
    fix: 'Check the sources, the proxy and the space under /var/tmp on the host, then plan again.',
  }
}

/** The plan's directory is gone from the host, or is not ours. */
export function noDirectory(host: string, planId: string): Problem {
  return {
    code: 'host/directory-taken',
    what: 'The throw-away directory of the plan is gone, or is not ours.',
    where: `${host}:/var/tmp/upkeep-plan-${planId}`,
    fix: 'Make a new plan.',
  }
}

function key(p: {
  readonly name?: string
  readonly architecture?: string | null
  readonly version?: string | null
}): string {
  return `${p.name} ${p.architecture} ${p.version ?? ''}`
}
