import { sanitise } from '../../connect/text.ts'
import { fail, type Result } from '../../schemas/problem.ts'
import type { Answer } from './answer.ts'
import { debFileName, packageArchitecture, packageName, packageVersion } from './package-pattern.ts'
import { contradiction, noDigest, refuseStop, updateProblems } from './pending-problems.ts'
import type { InstalledPackage, OldVersion, PendingUpgrades, Upgrade } from './pending.ts'
import { type Reading, reading, type Row } from './reading.ts'
import { seenHost } from './seen-host.ts'

const name = `(?<name>${packageName}(?::${packageArchitecture})?)`
const installedLine = new RegExp(
  `^(?<name>${packageName})\\t(?<architecture>${packageArchitecture}|)\\t(?<version>${packageVersion}|)\\t` +
    `(?<status>[uihrp][ncHUFWti])(?<error>[ R])\\t(?<kib>\\d*)\\t(?<source>${packageName}|)\\t(?<sourceVersion>${packageVersion}|)$`,
)
const upgradeLine = new RegExp(
  `^Inst ${name} (?:\\[(?<from>${packageVersion})\\] )?\\((?<to>${packageVersion}) (?<origin>[^()\\[\\]]+) ` +
    `\\[(?<architecture>${packageArchitecture})\\]\\)(?: \\[.*\\])?$`,
)
const recordLine = new RegExp(
  `^(?<name>${packageName})\\t(?<version>${packageVersion})\\t(?<architecture>${packageArchitecture})\\t` +
    `(?<sha256>(?:[0-9a-f]{64})?)\\t(?<bytes>\\d*)\\t(?<kib>\\d*)$`,
)
const choiceLine = new RegExp(
  `^(?<verb>take|stay) ${name} (?<version>${packageVersion})(?: (?<why>[a-z-]+))?$`,
)
const secureLine = new RegExp(`^secure ${name} (?<version>${packageVersion})$`)
const nameLine = new RegExp(`^${name}$`)
const whyLine = new RegExp(`^${name}\\t(?<why>.*)$`)
const uriLine = /^'(?<uri>[^' ]+)' (?<file>[A-Za-z0-9%+.:~_-]+) (?<bytes>\d+) (?<digest>\S*)$/
const cachedLine = new RegExp(`^${name} (?<sha256>[0-9a-f]{64}) (?<bytes>\\d+) (?<path>/[\\x21-\\x7e]+)$`)

/** Reads the answer of `pending-before.sh` and `pending.sh`; problems as `pendingUpgrades` has them. */
export function readPending(answer: Answer): Result<PendingUpgrades> {
  const read = reading(answer)
  const stop = read.word('stop', /^[a-z-]+$/)
  const update = answer.sections.get('update')
  if (stop === 'update' && update !== undefined)
    return fail(...updateProblems(answer.host, update.bytes.toString()))
  if (stop !== 'none') return refuseStop(read, answer.host, stop)
  for (const part of ['manager', 'locks', 'unfinished', 'insecure', 'update']) read.text(part)
  if (read.word('moved', /^(yes|no)$/) === 'yes')
    read.refuse({
      code: 'dpkg/moving',
      what: 'Packages changed on the host while its pending upgrades were read.',
      where: answer.host,
      fix: 'Wait until whoever works there is done, then plan again.',
    })
  const installed = readInstalled(read)
  const changes = readChanges(read, answer.host, installed)
  return read.done({
    ...seenHost(read, packageArchitecture),
    installed,
    holds: read.rows('host-holds', nameLine).map(named),
    changes,
    keptBack: readKeptBack(read, new Set(changes.map((change) => change.name))),
    fetchBytes: changes.reduce((sum, change) => sum + change.to.bytes + oldBytes(change.from), 0),
  })
}

/** Packages that dpkg knows in the section `installed`; those never installed are left out. */
function readInstalled(read: Reading): readonly InstalledPackage[] {
  return read
    .rows('installed', installedLine)
    .filter((row) => row.status?.[1] !== 'n')
    .map((row) => ({
      name: named(row),
      architecture: row.architecture ?? '',
      version: row.version ?? '',
      status: `${row.status}${row.error}`.trim(),
      installedKiB: Number(row.kib),
      source: row.source ?? '',
      sourceVersion: row.sourceVersion ?? '',
    }))
}

function readChanges(
  read: Reading,
  host: string,
  installed: readonly InstalledPackage[],
): readonly Upgrade[] {
  const records = new Map(read.rows('records', recordLine).map((row) => [recordKey(row), row]))
  const uris = new Map(read.rows('uris', uriLine).map((row) => [row.file, row]))
  const cached = new Map(read.rows('cached', cachedLine).map((row) => [named(row), row]))
  const secure = new Set(read.rows('secure', secureLine).map((row) => `${named(row)} ${row.version}`))
  const upgrades: Upgrade[] = []
  for (const row of read.rows('simulation', upgradeLine)) {
    const [name = '', foreign] = named(row).split(':')
    const { from, to: version = '', architecture = '', origin = '' } = row
    const now = installed.find(
      (one) =>
        one.name === name && one.version === from && (foreign === undefined || one.architecture === foreign),
    )
    if (from !== undefined && now === undefined) read.refuse(contradiction(host, `${name} ${from}`))
    const file = debFileName({ name, version, architecture })
    const uri = uris.get(file)
    const record = records.get(recordKey({ name, version, architecture }))
    const sha256 = /^SHA256:(?<hex>[0-9a-f]{64})$/.exec(uri?.digest ?? '')?.groups?.hex
    if (uri?.uri === undefined || record === undefined || sha256 === undefined || sha256 !== record.sha256) {
      read.refuse(noDigest(host, `${name} ${version}`))
      continue
    }
    upgrades.push({
      name,
      architecture,
      fromVersion: now?.version ?? null,
      fromArchitecture: now?.architecture ?? null,
      toVersion: version,
      origin: sanitise(origin, 200),
      security: secure.has(`${named(row)} ${version}`),
      to: { sha256, bytes: Number(uri.bytes), file, uri: uri.uri },
      from: now === undefined ? null : oldVersion(records.get(recordKey(now)), cached.get(named(row))),
      installedKiB: { before: now?.installedKiB ?? 0, after: Number(record.kib) },
    })
  }
  return upgrades.sort((a, b) => order(`${a.name} ${a.architecture}`, `${b.name} ${b.architecture}`))
}

function oldVersion(record: Row | undefined, cached: Row | undefined): OldVersion {
  const file = cached?.path ?? null
  if (record?.sha256 !== undefined && record.sha256 !== '') {
    const { sha256, bytes } = record
    return {
      source: 'repository',
      sha256,
      bytes: Number(bytes),
      cached: cached?.sha256 === sha256 ? file : null,
    }
  }
  if (cached?.sha256 === undefined || file === null) return { source: 'none' }
  return { source: 'host-cache', sha256: cached.sha256, bytes: Number(cached.bytes), cached: file }
}

/** Bytes of an old version that would come from a repository. */
export function oldBytes(old: OldVersion | null): number {
  return old?.source === 'repository' && old.cached === null ? old.bytes : 0
}

function readKeptBack(read: Reading, changed: ReadonlySet<string>): PendingUpgrades['keptBack'] {
  const choice = read.rows('choice', choiceLine)
  const onHost = new Set(read.rows('host-holds', nameLine).map(named))
  const inEstate = new Set(read.rows('estate-holds', nameLine).map(named))
  const said = new Map(read.rows('why', whyLine).map((row) => [named(row), row.why ?? '']))
  const kept: { readonly name: string; readonly why: string }[] = []
  for (const row of choice) {
    const name = named(row)
    if (row.verb === 'stay' && row.why === 'downgrade')
      kept.push({ name, why: "the host's pins ask for an older version" })
    if (row.verb === 'stay' || changed.has(name.split(':')[0] ?? name)) continue
    if (inEstate.has(name)) kept.push({ name, why: 'held in the estate' })
    else if (onHost.has(name)) kept.push({ name, why: 'held on the host' })
    else
      kept.push({
        name,
        why: sanitise((said.get(name) ?? '').trim(), 600) || 'apt keeps it back without a reason',
      })
  }
  return kept
}

function recordKey(p: {
  readonly name?: string
  readonly version?: string
  readonly architecture?: string
}): string {
  return `${p.name} ${p.version} ${p.architecture}`
}

function named(row: Row): string {
  return row.name ?? ''
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
