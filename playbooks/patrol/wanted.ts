import type { ResolvedDatabase, ResolvedHost, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { Finding } from '../../core/patrol/findings.ts'
import type { Wanted } from '../facts/patrol.ts'
import type { WantedEngine } from '../facts/patrol-postgresql.ts'

const unit = /^[A-Za-z0-9:_.@\\-]{1,255}$/
const mostUnits = 50
// A name that is an option or a connection string to psql is none that is asked for by it.
const databaseName = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/

/** What an inspection of a host must know of the estate, and of what was open after the last one. */
export function wantedOf(system: ResolvedSystem, host: ResolvedHost, last: readonly Finding[]): Wanted {
  const services = host.roles.flatMap((role) => system.roles[role]?.services ?? [])
  const failed = last.filter(
    (one) => one.host === host.name && one.item === 'failedUnits' && unit.test(one.of),
  )
  const here = system.databases.filter((one) => partOn(one, host) !== undefined)
  return {
    services: [...new Set(services)],
    failedBefore: failed.slice(0, mostUnits).map(({ of }) => of),
    memoryFileSystems: system.patrol.memoryFileSystems,
    certificates: system.patrol.certificates,
    engines: here.filter(({ engine }) => engine === 'postgresql').map((one) => engineOn(one, host)),
    mariadb: here.some(({ engine }) => engine === 'mariadb'),
    packages: host.packages,
    parts: system.patrol.wants,
  }
}

function partOn(database: ResolvedDatabase, host: ResolvedHost): 'primary' | 'standby' | undefined {
  if (host.roles.includes(database.primary)) return 'primary'
  return database.standby !== undefined && host.roles.includes(database.standby) ? 'standby' : undefined
}

function engineOn(database: ResolvedDatabase, host: ResolvedHost): WantedEngine {
  return {
    port: database.port,
    database: databaseName.test(database.name) ? database.name : 'postgres',
    part: partOn(database, host) ?? 'primary',
    hasStandby: database.standby !== undefined,
  }
}
