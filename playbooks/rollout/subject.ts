import { isDriven } from '../../core/estate/hosts.ts'
import type { ResolvedHost, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { PackageChange } from '../../schemas/plan.ts'
import type { Subject, TrafficControl } from '../steps/subject.ts'

/** All that shapes the steps of a host: its place in its system, and what changes on it. */
export function subjectOf(
  system: ResolvedSystem,
  host: ResolvedHost,
  changes: readonly PackageChange[],
  rollout: string,
): Subject {
  const roles = host.roles.flatMap((name) => system.roles[name] ?? [])
  const { policy } = system
  return {
    rollout,
    host: host.name,
    ring: host.ring,
    roles: host.roles,
    ...(isDriven(host) && host.packages !== 'apt' ? { manager: host.packages } : {}),
    services: unique(roles.flatMap((role) => role.services)),
    changes,
    probes: {
      host: unique(roles.flatMap((role) => role.probes.map((probe) => `${role.name}/${probe.name}`))),
      system: system.probes[host.ring].map((probe) => probe.name),
    },
    traffic: trafficOf(system, host),
    databases: system.databases
      .filter((database) => database.engine === 'postgresql' && host.roles.includes(database.primary))
      .map(({ name, port }) => ({ name, port })),
    databasesElsewhere: databasesElsewhere(system, host),
    snapshot: system.snapshot !== undefined,
    outsideSnapshot: host.outsideSnapshot,
    rehearsal: policy.rehearsal,
    reboot: policy.reboot,
    observeMs: policy.observeMs,
    limitMs: policy.stepLimitMs,
    confirmMs: policy.confirmWithinMs,
  }
}

/** A host on which nothing is kept runs no application that migrates. */
function databasesElsewhere(system: ResolvedSystem, host: ResolvedHost): Subject['databasesElsewhere'] {
  if (host.roles.every((role) => system.roles[role]?.stateless === true)) return []
  return system.databases
    .filter(({ engine, primary }) => engine === 'postgresql' && !host.roles.includes(primary))
    .flatMap(({ name, port, primary }) =>
      system.hosts
        .filter((one) => one.ring === host.ring && one.roles.includes(primary))
        .map((one) => ({ name, port, on: one.name })),
    )
}

/** Standbys of the databases whose primary is this host: what must be rebuilt when it goes back to a snapshot. */
export function standbysOf(system: ResolvedSystem, host: ResolvedHost): readonly string[] {
  const roles = system.databases.flatMap((database) =>
    host.roles.includes(database.primary) && database.standby !== undefined ? [database.standby] : [],
  )
  return system.hosts
    .filter(
      (one) =>
        one.ring === host.ring && one.name !== host.name && one.roles.some((role) => roles.includes(role)),
    )
    .map((one) => one.name)
}

/** Hosts of a role that control the traffic of a host: those of its ring that Upkeep may change, and no other. */
function trafficHosts(system: ResolvedSystem, host: ResolvedHost, role: string): readonly string[] {
  return system.hosts
    .filter((one) => one.ring === host.ring && one.roles.includes(role) && isDriven(one))
    .map((one) => one.name)
}

/** Roles whose traffic on a host nobody can take away, for Upkeep may change no host that controls it. */
export function uncontrolled(system: ResolvedSystem, host: ResolvedHost): readonly string[] {
  return host.roles.filter((name) => {
    const traffic = system.roles[name]?.traffic
    return traffic !== undefined && trafficHosts(system, host, traffic.on).length === 0
  })
}

function trafficOf(system: ResolvedSystem, host: ResolvedHost): readonly TrafficControl[] {
  const controls = host.roles.flatMap((name) => {
    const traffic = system.roles[name]?.traffic
    if (traffic === undefined) return []
    const hosts = trafficHosts(system, host, traffic.on)
    if (hosts.length === 0) return []
    return [
      { scope: traffic.scope, hosts, close: filled(traffic.close, host), open: filled(traffic.open, host) },
    ]
  })
  return controls.filter(
    (control, index) =>
      controls.findIndex((one) => JSON.stringify(one) === JSON.stringify(control)) === index,
  )
}

function filled(words: readonly string[], host: ResolvedHost): readonly string[] {
  return words.map((word) =>
    word.replaceAll('{host}', host.name).replaceAll('{address}', host.connection.address),
  )
}

function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)]
}
