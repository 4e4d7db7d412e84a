import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { System } from '../../schemas/system.ts'
import { durationMs } from '../duration.ts'
import { mostInFlight } from '../gate/in-flight.ts'
import { complaint } from './complaint.ts'
import { hasDriver } from './hosts.ts'
import { isCritical, policyOf, policyPath } from './policy.ts'
import { criticalSoak } from './tiers.ts'

/** No wave that a system asks for itself is larger than its production. */
export function* wavesFit(loaded: LoadedEstate): Generator<Placed> {
  for (const [name, system] of Object.entries(loaded.estate.systems)) {
    const hosts = changedHosts(system)
    for (const [index, wave] of (system.patch?.waves ?? []).entries()) {
      if (typeof wave === 'string' || wave <= hosts || hosts === 0) continue
      const what = `A wave of ${name} is ${wave} hosts, and production has ${hosts}`
      const path = ['systems', name, 'patch', 'waves', index]
      yield complaint(loaded, path, {
        code: 'waves',
        what,
        found: String(wave),
        expected: `from 1 to ${hosts}`,
      })
    }
  }
}

/** Where a host is patched behind the closed system, one is in flight at a time: the first done would open it under the others. */
export function* closedSystemsGoOneByOne(loaded: LoadedEstate): Generator<Placed> {
  const { estate } = loaded
  for (const [name, system] of Object.entries(estate.systems)) {
    const most = mostInFlight(policyOf(estate, system))
    if (most === 1) continue
    const role = Object.keys(system.roles).find((one) => system.roles[one]?.traffic?.scope === 'system')
    if (role === undefined) continue
    const what = `Hosts of ${name} in flight at once: ${most}, and its role ${role} closes the whole system: the first host that is done would open it under the others`
    const fix = `Set atOnce to 1, or let the role ${role} close one host at a time (traffic: {scope: host, ...}).`
    const path = policyPath(estate, name, system, 'atOnce')
    yield complaint(loaded, path, { code: 'closed-at-once', what, fix })
  }
}

/** Where snapshots are required, there is a driver that takes them. */
export function* waysBackExist(loaded: LoadedEstate): Generator<Placed> {
  for (const [name, system] of Object.entries(loaded.estate.systems)) {
    const isRequired = policyOf(loaded.estate, system).snapshots === 'required'
    if (!isRequired || system.snapshot !== undefined || changedHosts(system) === 0) continue
    const what = `System ${name} requires snapshots and has no driver that takes them`
    const fix =
      'Add "snapshot:", or "patch: {snapshots: go-without}" to patch with the old packages as the only way back.'
    yield complaint(
      loaded,
      ['systems', name],
      { code: 'no-snapshot-driver', what, expected: 'snapshot: {nspawn: ...}', fix },
      'key',
    )
  }
}

/** Critical modules soak 14 days (R3.2). */
export function* criticalModulesSoak(loaded: LoadedEstate): Generator<Placed> {
  for (const [name, system] of Object.entries(loaded.estate.systems)) {
    const { soak } = policyOf(loaded.estate, system)
    if (!isCritical(system) || durationMs(soak) >= durationMs(criticalSoak)) continue
    const what = `System ${name} has critical modules and soaks only ${soak}`
    const path = policyPath(loaded.estate, name, system, 'soak')
    yield complaint(loaded, path, { code: 'soak', what, expected: `${criticalSoak} or more` })
  }
}

/** A core system names its backup gate (R5.1). */
export function* coreHasBackupGate(loaded: LoadedEstate): Generator<Placed> {
  for (const [name, system] of Object.entries(loaded.estate.systems)) {
    if (system.tier !== 'core' || system.backup !== undefined || changedHosts(system) === 0) continue
    const what = `The core system ${name} has no backup gate: nothing asks for a good backup before it is patched`
    const fix = 'Add "backup: {command: [...], maxAge: 4h}".'
    yield complaint(loaded, ['systems', name], { code: 'no-backup-gate', what, fix }, 'key')
  }
}

function changedHosts(system: System): number {
  return Object.values(system.hosts).filter((host) => host.ring === 'production' && hasDriver(host)).length
}
