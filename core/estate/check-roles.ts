import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { System } from '../../schemas/system.ts'
import { complaint, listed } from './complaint.ts'
import { hasDriver } from './hosts.ts'

/** Every role of a production host that is ever changed has a test host, on which its patches are tried first (R3.1). */
export function* rolesAreTried(loaded: LoadedEstate): Generator<Placed> {
  for (const [name, system] of Object.entries(loaded.estate.systems)) {
    const tried = new Set(rolesIn(system, 'test').keys())
    for (const [role, hosts] of rolesIn(system, 'production')) {
      const first = hosts[0]
      // A role that is not defined is a mistake of its own.
      if (first === undefined || tried.has(role) || !Object.hasOwn(system.roles, role)) continue
      const index = system.hosts[first]?.roles.indexOf(role) ?? 0
      const what = `System ${name} has no test host with the role "${role}", which production has on ${listed(hosts)}`
      const fix = `Add a host with "ring: test" and "roles: [${role}]", or give the role to a test host.`
      yield complaint(loaded, ['systems', name, 'hosts', first, 'roles', index], {
        code: 'no-test-host',
        what,
        fix,
      })
    }
  }
}

/** The role that closes and opens traffic for another one has a host in every ring that has hosts of the other. */
export function* trafficHasHosts(loaded: LoadedEstate): Generator<Placed> {
  for (const [name, system] of Object.entries(loaded.estate.systems)) {
    for (const [role, { traffic }] of Object.entries(system.roles)) {
      if (traffic === undefined || !Object.hasOwn(system.roles, traffic.on)) continue
      const lacking = (['test', 'production'] as const).filter((ring) => {
        return rolesIn(system, ring).has(role) && !everyRole(system, ring).has(traffic.on)
      })
      if (lacking.length === 0) continue
      const rings = lacking.join(' and ')
      const what = `Traffic to the role "${role}" is closed on hosts of "${traffic.on}", and the ring ${rings} has none`
      yield complaint(loaded, ['systems', name, 'roles', role, 'traffic', 'on'], {
        code: 'no-traffic-host',
        what,
      })
    }
  }
}

function rolesIn(system: System, ring: 'test' | 'production'): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const [name, host] of Object.entries(system.hosts)) {
    if (host.ring !== ring || !hasDriver(host)) continue
    for (const role of host.roles) {
      const known = found.get(role)
      if (known === undefined) found.set(role, [name])
      else known.push(name)
    }
  }
  return found
}

function everyRole(system: System, ring: 'test' | 'production'): ReadonlySet<string> {
  return new Set(Object.values(system.hosts).flatMap((host) => (host.ring === ring ? host.roles : [])))
}
