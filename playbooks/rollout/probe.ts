import { type Probe, runProbe } from '../../connect/probe.ts'
import { forHost } from '../../core/estate/for-host.ts'
import type { NamedProbe, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { ProbeSaid } from '../perform/context.ts'
import type { Session } from './session.ts'
import { lazySecret, type Secrets } from './targets.ts'

/** Asks one probe of a system by the name that the plan has for it: `role/probe` of a host, or a probe of its ring. */
export async function askProbe(
  { pool, secrets }: Pick<Session, 'pool' | 'secrets'>,
  system: ResolvedSystem,
  host: string,
  name: string,
): Promise<ProbeSaid> {
  const named = probeNamed(system, host, name)
  if (named === undefined) return { outcome: 'unknown', ms: 0, said: 'the estate has no probe of this name' }
  const address = system.hosts.find((one) => one.name === host)?.connection.address ?? host
  return runProbe(toProbe(forHost(named, host, address), secrets), {
    host: () => pool.get(host),
    now: () => performance.now(),
  })
}

function probeNamed(system: ResolvedSystem, host: string, name: string): NamedProbe | undefined {
  const [role, ofRole] = name.split('/')
  if (role !== undefined && ofRole !== undefined) {
    return system.roles[role]?.probes.find((probe) => probe.name === ofRole)
  }
  const ring = system.hosts.find((one) => one.name === host)?.ring ?? 'production'
  return system.probes[ring].find((probe) => probe.name === name)
}

/** A probe of the estate as it is asked. */
export function toProbe(named: NamedProbe, secrets: Secrets): Probe {
  const common = { name: named.name, within: named.withinMs }
  switch (named.kind) {
    case 'http': {
      const { expect, hostHeader } = named
      const asked = named.from === 'controller' ? { url: named.url } : { port: named.port, path: named.path }
      return { ...common, http: { ...asked, ...(hostHeader === undefined ? {} : { hostHeader }), expect } }
    }
    case 'tcp':
      return {
        ...common,
        tcp: { port: named.port, ...(named.from === 'controller' ? { address: named.address } : {}) },
      }
    case 'sql':
      return {
        ...common,
        sql: { port: named.port, database: named.database, query: named.query, expect: named.expect },
      }
    case 'command':
      return { ...common, command: { run: named.run, root: named.root } }
    case 'tryton':
      return {
        ...common,
        tryton: {
          url: named.url,
          database: named.database,
          user: named.user,
          password: lazySecret(named.password, secrets),
          do: named.do,
        },
      }
  }
}
