import { sanitise } from '../../connect/text.ts'
import type { Result } from '../../schemas/problem.ts'
import type { Answer } from './answer.ts'
import { noDnfDigest, refuseDnfStop } from './dnf-problems.ts'
import { rpmArchitecture, rpmName, rpmVersion } from './package-pattern.ts'
import { oldBytes } from './pending-read.ts'
import type { OldVersion, PendingUpgrades, Upgrade } from './pending.ts'
import { type Reading, reading, type Row } from './reading.ts'
import { seenHost } from './seen-host.ts'

const path = '/[\\x21-\\x7e]+'
const advisory = '[A-Za-z0-9][A-Za-z0-9:._-]*'
const installedLine = new RegExp(
  `^(?<name>${rpmName})\\t(?<architecture>${rpmArchitecture})\\t(?<version>${rpmVersion})\\t(?<kib>\\d+)\\t(?<source>\\S+)$`,
)
const changeLine = new RegExp(
  [
    `^(?<name>${rpmName})`,
    `(?<architecture>${rpmArchitecture})`,
    `(?<from>${rpmVersion}|-)`,
    `(?<fromArchitecture>${rpmArchitecture}|-)`,
    `(?<to>${rpmVersion})`,
    `(?<origin>[\\x21-\\x7e]+)`,
    `(?<security>yes|no)`,
    `(?<sha256>[0-9a-f]{64}|-)`,
    `(?<bytes>\\d+)`,
    `(?<file>[A-Za-z0-9._+~^:%-]+\\.rpm)`,
    `(?<uri>[\\x21-\\x7e]+)`,
    `(?<old>repository|host-cache|none|-)`,
    `(?<oldSha256>[0-9a-f]{64}|-)`,
    `(?<oldBytes>\\d+)`,
    `(?<cached>${path}|-)`,
    `(?<before>\\d+)`,
    `(?<after>\\d+)`,
    `(?<advisories>-|${advisory}(?:,${advisory})*)`,
    `(?<cves>-|\\S+)$`,
  ].join('\\t'),
)
const keptLine = new RegExp(`^(?<name>${rpmName})\\t(?<why>.+)$`)
const nameLine = new RegExp(`^(?<name>${rpmName})$`)

/** Reads the answer of `dnf-before.sh` and `dnf-pending.sh`; problems as `dnfPending` has them. */
export function readDnfPending(answer: Answer): Result<PendingUpgrades> {
  const read = reading(answer)
  const stop = read.word('stop', /^[a-z-]+$/)
  if (stop !== 'none') return refuseDnfStop(read, answer.host, stop)
  for (const part of ['manager', 'locks', 'read', 'insecure', 'unread', 'unfinished']) read.text(part)
  if (read.word('moved', /^(yes|no)$/) === 'yes')
    read.refuse({
      code: 'rpm/moving',
      what: 'Packages changed on the host while its pending upgrades were read.',
      where: answer.host,
      fix: 'Wait until whoever works there is done, then plan again.',
    })
  const changes = read.rows('changes', changeLine).flatMap((row) => upgradeOf(read, answer.host, row))
  return read.done({
    ...seenHost(read, rpmArchitecture),
    installed: read.rows('installed', installedLine).map((row) => ({
      name: row.name ?? '',
      architecture: row.architecture ?? '',
      version: row.version ?? '',
      status: 'ii',
      installedKiB: Number(row.kib),
      source: row.source ?? '',
      sourceVersion: row.version ?? '',
    })),
    holds: read.rows('holds', nameLine).map((row) => row.name ?? ''),
    changes,
    keptBack: read
      .rows('kept', keptLine)
      .map((row) => ({ name: row.name ?? '', why: sanitise(row.why ?? '', 600) })),
    fetchBytes: changes.reduce((sum, change) => sum + change.to.bytes + oldBytes(change.from), 0),
  })
}

function upgradeOf(read: Reading, host: string, row: Row): readonly Upgrade[] {
  const { name = '', architecture = '', from, fromArchitecture, to = '', sha256 = '-' } = row
  if (sha256 === '-') {
    read.refuse(noDnfDigest(host, `${name} ${to}`))
    return []
  }
  return [
    {
      name,
      architecture,
      fromVersion: from === undefined || from === '-' ? null : from,
      fromArchitecture: fromArchitecture === undefined || fromArchitecture === '-' ? null : fromArchitecture,
      toVersion: to,
      origin: sanitise(row.origin ?? '', 200),
      security: row.security === 'yes',
      to: { sha256, bytes: Number(row.bytes), file: row.file ?? '', uri: row.uri ?? '' },
      from: from === '-' ? null : oldVersion(row),
      installedKiB: { before: Number(row.before), after: Number(row.after) },
      told: {
        advisories: listed(row.advisories),
        // Other words than CVE ids in an advisory tell nothing that could be looked up.
        cves: listed(row.cves).filter((id) => /^CVE-\d{4}-\d{4,}$/.test(id)),
      },
    },
  ]
}

function oldVersion({ old, oldSha256: sha256 = '', oldBytes: bytes, cached = '' }: Row): OldVersion {
  if (old === 'repository') return { source: old, sha256, bytes: Number(bytes), cached: null }
  if (old === 'host-cache') return { source: old, sha256, bytes: Number(bytes), cached }
  return { source: 'none' }
}

function listed(text = '-'): readonly string[] {
  return text === '-' ? [] : text.split(',')
}
