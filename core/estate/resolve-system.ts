import type { Database, Role, SnapshotDriver, System } from '../../schemas/system.ts'
import { durationMs } from '../duration.ts'
import { resolvedCleanup } from './cleanup.ts'
import { limitsOf } from '../patrol/limits.ts'
import { resolvedConnection } from './resolve-connection.ts'
import { resolvedProbes } from './resolve-probe.ts'
import { type Absolute, entryOf, mapped, type Surroundings } from './surroundings.ts'
import { orderOf } from './order.ts'
import { policyOf, resolvedPolicy } from './policy.ts'
import type {
  ResolvedContact,
  ResolvedDatabase,
  ResolvedHost,
  ResolvedRole,
  ResolvedSystem,
} from './resolved.ts'
import { noticeDefault } from './tiers.ts'

// The ports that the engines come with; an engine that Upkeep does not know has none.
const enginePorts = { postgresql: 5432, mariadb: 3306, other: 0 } as const

/** A system with nothing left open. */
export function resolvedSystem(surroundings: Surroundings, system: System, name: string): ResolvedSystem {
  const { estate, absolute, contacts, windows } = surroundings
  const contact = (id: string) => entryOf(contacts, id)
  const after = Object.entries(system.roles).map(([role, { after = [] }]) => [role, after] as const)
  return {
    name,
    title: system.title ?? name,
    tier: system.tier,
    serviceLevel: system.serviceLevel ?? 'normal',
    owner: contact(system.owner),
    ...(system.liaison === undefined ? {} : { liaison: contact(system.liaison) }),
    engineers: resolvedEngineers(system.engineers, contact),
    modules: Object.entries(system.modules ?? {}).map(([module, { critical = false }]) => ({
      name: module,
      critical,
    })),
    middleware: system.middleware ?? [],
    interfaces: system.interfaces ?? [],
    functions: system.functions ?? [],
    ...(system.window === undefined ? {} : { window: entryOf(windows, system.window) }),
    noticeMs: durationMs(system.notice ?? noticeDefault[system.tier]),
    roles: mapped(system.roles, (role, id) => resolvedRole(role, id, absolute)),
    order: orderOf(new Map(after)).levels,
    after: system.after ?? [],
    hosts: Object.entries(system.hosts).map(([host, written]): ResolvedHost => ({
      name: host,
      system: name,
      ring: written.ring,
      roles: written.roles,
      packages: written.packages ?? 'apt',
      connection: resolvedConnection(
        estate,
        { name: host, host: written, systemName: name, system, path: [] },
        absolute,
      ),
      outsideSnapshot: written.outsideSnapshot ?? [],
      ...(written.note === undefined ? {} : { note: written.note }),
    })),
    databases: Object.entries(system.databases ?? {}).map(resolvedDatabase),
    probes: {
      test: resolvedProbes(system.probes?.test, absolute),
      production: resolvedProbes(system.probes?.production, absolute),
    },
    policy: resolvedPolicy(policyOf(estate, system)),
    cleanup: resolvedCleanup(estate, system),
    patrol: {
      limits: limitsOf(estate, system),
      wants: system.patrol?.wants ?? estate.patrol?.[system.tier]?.wants ?? [],
      memoryFileSystems:
        system.patrol?.memoryFileSystems ?? estate.patrol?.[system.tier]?.memoryFileSystems ?? [],
      certificates: system.patrol?.certificates ?? estate.patrol?.[system.tier]?.certificates ?? [],
    },
    ...(system.snapshot === undefined ? {} : { snapshot: resolvedSnapshot(system.snapshot, absolute) }),
    ...(system.backup === undefined
      ? {}
      : { backup: { command: system.backup.command, maxAgeMs: durationMs(system.backup.maxAge) } }),
  }
}

function resolvedEngineers(
  engineers: System['engineers'] = {},
  contact: (id: string) => ResolvedContact,
): ResolvedSystem['engineers'] {
  const { businessSystem, database, network } = engineers
  return {
    ...(businessSystem === undefined ? {} : { businessSystem: contact(businessSystem) }),
    ...(database === undefined ? {} : { database: contact(database) }),
    ...(network === undefined ? {} : { network: contact(network) }),
  }
}

function resolvedRole(role: Role, name: string, absolute: Absolute): ResolvedRole {
  return {
    name,
    after: role.after ?? [],
    services: role.services ?? [],
    ...(role.traffic === undefined ? {} : { traffic: role.traffic }),
    stateless: role.stateless === true,
    probes: resolvedProbes(role.probes, absolute),
  }
}

function resolvedDatabase([id, database]: readonly [string, Database]): ResolvedDatabase {
  return { ...database, id, port: database.port ?? enginePorts[database.engine] }
}

function resolvedSnapshot(
  { nspawn }: SnapshotDriver,
  absolute: Absolute,
): NonNullable<ResolvedSystem['snapshot']> {
  if (nspawn === undefined) throw new Error('a snapshot driver was not checked')
  return { kind: 'nspawn', directory: absolute(nspawn.directory) }
}
