import type { Host } from '../../connect/ssh.ts'
import { sanitise } from '../../connect/text.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import { type Answer, ask, scriptText } from './answer.ts'
import type { PackageKind } from './manifest.ts'
import type { PendingUpgrades } from './pending.ts'
import { reading } from './reading.ts'

/**
 * How a unit gets to run new files: it is restarted; process 1 executes itself again; only a reboot does it; it ends when
 * somebody logs out; or it is left (a job that runs once, a container, Upkeep itself).
 */
export type RestartWay = 'restart' | 'reexec' | 'reboot' | 'session' | 'leave'

/** A unit with the files or packages for which it is named, at most ten, sorted. */
export type AffectedUnit = {
  readonly unit: string
  readonly way: RestartWay
  readonly because: readonly string[]
}

/** What an upgrade will ask for; `reboot.needed` is `may` where only the state afterwards decides. */
export type PredictedRestarts = {
  readonly restarts: readonly AffectedUnit[]
  readonly reboot: { readonly needed: 'no' | 'yes' | 'may'; readonly why: readonly string[] }
}

/** Units that run replaced files now, and whether only a reboot ends that. */
export type StaleUnits = {
  readonly units: readonly AffectedUnit[]
  readonly reboot: { readonly needed: boolean; readonly why: readonly string[] }
}

const unitLine = /^(?<unit>[A-Za-z0-9:_.@\\-]+)\t(?<way>restart|reexec|reboot|session|leave)\t(?<because>.+)$/
const reasonLine = /^(?<reason>.+)$/
const timeoutMs = 120_000
const becauseAtMost = 10

// A kernel or microcode is only used from the next boot on; metapackages (linux-image-amd64) bring one by dependency.
const bootOnly = /^(linux-image-|linux-modules-|intel-microcode$|amd64-microcode$|raspi-firmware$)/

/**
 * Units that map files of packages which will change, run an interpreter that may have loaded modules of them, or whose
 * unit file is theirs. Modules of interpreted programs outside packages can not be seen. Problems: `fact/*`.
 */
export async function predictRestarts(
  host: Host,
  pending: PendingUpgrades,
  database: PackageKind = 'dpkg',
): Promise<Result<PredictedRestarts>> {
  const names = pending.changes
    .filter((change) => change.fromVersion !== null)
    .map(({ name, fromArchitecture }) =>
      database === 'rpm'
        ? `${name}.${fromArchitecture}`
        : fromArchitecture === pending.architecture || fromArchitecture === 'all'
          ? name
          : `${name}:${fromArchitecture}`,
    )
  const boot = pending.changes.filter((change) => bootOnly.test(change.name)).map(({ name }) => name)
  const why = boot.map((name) => `${name} is used from the next boot on`)
  if (names.length === 0) return ok({ restarts: [], reboot: { needed: boot.length > 0 ? 'yes' : 'no', why } })
  const answer = await ask(host, {
    scripts: ['restarts.sh'],
    args: [await serviceRestart(database), ...names],
    timeoutMs,
  })
  if (!answer.ok) return answer
  const read = reading(answer.value)
  const restarts = affected(answer.value)
  if (!restarts.ok) return restarts
  const pendingReboot = read.rows('reboot', reasonLine).map((row) => sanitise(row.reason ?? '', 300))
  const perhaps = restarts.value
    .filter((unit) => unit.way === 'reboot' || unit.way === 'reexec')
    .map((unit) => `${unit.way === 'reexec' ? 'process 1' : unit.unit} runs ${unit.because.join(', ')}`)
  const certain = [...why, ...pendingReboot]
  return read.done({
    restarts: restarts.value.filter((unit) => unit.way === 'restart'),
    reboot: {
      needed: certain.length > 0 ? 'yes' : perhaps.length > 0 ? 'may' : 'no',
      why: [...certain, ...perhaps],
    },
  })
}

/**
 * Units whose processes run deleted files or older modules than installed, after the example of needrestart; and why a
 * reboot is needed: a unit that can not be restarted, a flag of a package, a kernel that does not run. Problems: `fact/*`.
 */
export async function staleUnits(host: Host, database: PackageKind = 'dpkg'): Promise<Result<StaleUnits>> {
  const answer = await ask(host, {
    scripts: ['restarts.sh'],
    args: [await serviceRestart(database)],
    timeoutMs,
  })
  return answer.ok ? readStale(answer.value) : answer
}

/** Reads the answer about stale units. Problems: `fact/*`. */
export function readStale(answer: Answer): Result<StaleUnits> {
  const units = affected(answer)
  if (!units.ok) return units
  const read = reading(answer)
  const flags = read.rows('reboot', reasonLine).map((row) => sanitise(row.reason ?? '', 300))
  const stuck = units.value
    .filter((unit) => unit.way === 'reboot')
    .map((unit) => `${unit.unit} runs replaced ${unit.because.join(', ')}`)
  const why = [...stuck, ...flags]
  return read.done({ units: units.value, reboot: { needed: why.length > 0, why } })
}

async function serviceRestart(database: PackageKind): Promise<string> {
  const known = database === 'rpm' ? await scriptText('packages-rpm.sh') : ''
  return `${known}${await scriptText('service-restart.sh')}`
}

function affected(answer: Answer): Result<readonly AffectedUnit[]> {
  const read = reading(answer)
  const units = new Map<string, { way: RestartWay; because: Set<string> }>()
  for (const { unit = '', way, because = '' } of read.rows('units', unitLine)) {
    const known = units.get(unit) ?? { way: way as RestartWay, because: new Set() }
    if (known.because.size < becauseAtMost) known.because.add(sanitise(because, 200))
    units.set(unit, known)
  }
  const list = [...units].map(([unit, { way, because }]) => ({ unit, way, because: [...because].sort() }))
  return read.done(list.sort((a, b) => (a.unit < b.unit ? -1 : 1)))
}
