import type { Host } from '../../connect/ssh.ts'
import type { Result } from '../../schemas/problem.ts'
import { type Answer, ask, scriptText } from './answer.ts'
import { dnfHoldsParts } from './dnf-holds.ts'
import { listeningPorts } from './listening-ports.ts'
import {
  packageArchitecture,
  packageName,
  packageVersion,
  rpmArchitecture,
  rpmName,
  rpmVersion,
} from './package-pattern.ts'
import { type Reading, reading } from './reading.ts'
import { volatilePaths, volatileUnits } from './volatile.ts'

export { compareManifests, type CompareOptions } from './manifest-compare.ts'

/** What must be as before after a way back; a plain JSON value. Volatile units and paths are left out (volatile.ts). */
export type Manifest = {
  /** `name:architecture` to `version state`, the state as dpkg abbreviates it without the wish (`i`, `c`, `iR`, ...). */
  readonly packages: Readonly<Record<string, string>>
  readonly holds: readonly string[]
  /** Packages that apt may remove when nothing needs them, `name:architecture`. */
  readonly auto: readonly string[]
  /** Running services, active sockets and timers, failed units of any kind. */
  readonly units: Readonly<Record<string, string>>
  /** Unit files that are enabled, masked or linked. */
  readonly enabled: Readonly<Record<string, string>>
  readonly ports: readonly string[]
  /** Path to `f mode uid:gid sha256`, `d mode uid:gid` or `l uid:gid target`. */
  readonly etc: Readonly<Record<string, string>>
}

/** Who knows of the packages: dpkg, or rpm, whose lines are written in dpkg's words. */
export type PackageKind = 'dpkg' | 'rpm'

const before: Readonly<Record<PackageKind, readonly string[]>> = {
  dpkg: ['manifest-dpkg.sh'],
  rpm: ['rpm-holds.sh', 'manifest-rpm.sh'],
}
const state = '(?<wish>[uihrp])(?<state>[ncHUFWti][ R])'
const patterns: Readonly<Record<PackageKind, { readonly package: RegExp; readonly auto: RegExp }>> = {
  dpkg: {
    package: new RegExp(
      `^(?<name>${packageName})\\t(?<architecture>${packageArchitecture}|)\\t(?<version>${packageVersion}|)\\t${state}$`,
    ),
    auto: new RegExp(`^(?<name>${packageName})\\t(?<architecture>${packageArchitecture})$`),
  },
  // Of a kernel there may be several versions, one after the other.
  rpm: {
    package: new RegExp(
      `^(?<name>${rpmName})\\t(?<architecture>${rpmArchitecture})\\t(?<version>${rpmVersion}(?:,${rpmVersion})*)\\t${state}$`,
    ),
    auto: new RegExp(`^(?<name>${rpmName})\\t(?<architecture>${rpmArchitecture})$`),
  },
}
const unitName = '[A-Za-z0-9:_.@\\\\-]+'
const unitLine = new RegExp(
  `^(?<unit>${unitName}) +(?<load>[a-z-]+) +(?<active>[a-z-]+) +(?<sub>[a-z-]+)(?: .*)?$`,
)
const unitFileLine = new RegExp(`^(?<unit>${unitName}) +(?<state>[a-z-]+)(?: .*)?$`)
const portLine = /^(?<table>tcp6?|udp6?) (?<local>[0-9A-F]{8,32}:[0-9A-F]{4}) [0-9A-F:]+ (?<state>0A|07)$/
const rangeLine = /^(?<from>\d+)\s+(?<to>\d+)$/
const entryRecord =
  /^(?<type>[a-zD]) (?<mode>[0-7]{1,4}) (?<owner>\d+:\d+) (?<path>\/etc.*?)\/\/(?<target>.*)$/
const hashRecord = /^(?<sha256>[0-9a-f]{64}) {2}(?<path>\/etc\/.*)$/

/** Takes the manifest of a host in one round trip, under a second on a small host. Problems: `fact/*`. */
export async function takeManifest(host: Host, kind: PackageKind = 'dpkg'): Promise<Result<Manifest>> {
  const args = kind === 'rpm' ? [(await Promise.all(dnfHoldsParts.map(scriptText))).join('')] : []
  const answer = await ask(host, { scripts: [...before[kind], 'manifest.sh'], args, timeoutMs: 120_000 })
  return answer.ok ? readManifest(answer.value, kind) : answer
}

/** Reads the answer of `manifest.sh`. Problems: `fact/*`. */
export function readManifest(answer: Answer, kind: PackageKind = 'dpkg'): Result<Manifest> {
  const read = reading(answer)
  const rows = read.rows('packages', patterns[kind].package).filter((row) => row.state?.[0] !== 'n')
  const packages = record(
    rows.map((row) => [`${row.name}:${row.architecture}`, `${row.version} ${row.state?.trim()}`]),
  )
  return read.done({
    packages,
    holds: rows
      .filter((row) => row.wish === 'h')
      .map((row) => `${row.name}:${row.architecture}`)
      .sort(),
    auto: read
      .rows('auto', patterns[kind].auto)
      .map((row) => `${row.name}:${row.architecture}`)
      .filter((name) => name in packages || name.replace(/:.*/, ':all') in packages)
      .sort(),
    units: readUnits(read),
    enabled: record(
      read
        .rows('unit-files', unitFileLine)
        .filter((row) => /^(enabled|masked|linked)/.test(row.state ?? '') && !isVolatile(row.unit))
        .map((row) => [row.unit ?? '', row.state ?? '']),
    ),
    ports: readPorts(read),
    etc: readEtc(read),
  })
}

function readUnits(read: Reading): Manifest['units'] {
  const kept: (readonly [string, string])[] = []
  for (const { unit = '', active, sub } of read.rows('units', unitLine)) {
    if (isVolatile(unit)) continue
    const kind = unit.slice(unit.lastIndexOf('.') + 1)
    if (active === 'failed') kept.push([unit, 'failed'])
    else if (kind === 'service' && (sub === 'running' || sub === 'auto-restart')) kept.push([unit, sub])
    else if ((kind === 'socket' || kind === 'timer') && active === 'active') kept.push([unit, 'active'])
  }
  return record(kept)
}

function readPorts(read: Reading): readonly string[] {
  const range = rangeLine.exec(read.word('port-range', rangeLine))?.groups
  const ephemeral = { from: Number(range?.from), to: Number(range?.to) }
  return listeningPorts(read.rows('ports', portLine), ephemeral)
}

function readEtc(read: Reading): Manifest['etc'] {
  const hashes = new Map(read.records('hashes', hashRecord).map((row) => [row.path, row.sha256]))
  const kept: (readonly [string, string])[] = []
  for (const { type, mode, owner, path = '', target } of read.records('etc', entryRecord)) {
    if (volatilePaths.some((volatile) => volatile.path.test(path))) continue
    if (type === 'l') kept.push([path, `l ${owner} ${target}`])
    else if (type === 'f') kept.push([path, `f ${mode} ${owner} ${hashes.get(path) ?? 'gone'}`])
    else kept.push([path, `${type} ${mode} ${owner}`])
  }
  return record(kept)
}

function isVolatile(unit = ''): boolean {
  return volatileUnits.some((volatile) => volatile.unit.test(unit))
}

// Sorted, and without a prototype that a hostile name could reach.
function record(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(sorted)
}
