import type { HostPlan } from '../../../schemas/plan.ts'
import { type Found, foundOn, type HostRule } from '../rule.ts'

/** Names of packages and units of database servers; those of their clients and libraries are none. */
const server =
  /^(postgresql(-[0-9.]+)?(-server)?|postgresql[0-9]+-server|postgresql@.+|(mariadb|mysql|percona)(-community)?(-server|d)?(-[0-9.]+)?(-core(-[0-9.]+)?)?|mariadbd|mongod|mongodb-org-server|redis(-server)?|valkey(-server)?|clickhouse-server|mssql-server|oracle-xe.*)$/

/** A database server gets new software, starts anew, or is on a host that is changed. */
export const touchesDatabase: HostRule = {
  id: 'touches-database',
  class: 'database',
  source:
    'PostgreSQL "Upgrading a PostgreSQL cluster", MariaDB "Upgrading": a server that starts anew ends its sessions',
  finds({ hosts }) {
    return hosts.flatMap((host) => [...packages(host), ...restarts(host), ...carried(host)])
  },
}

type OnHost = Found & { readonly host: string }

function packages({ host, packages }: HostPlan): readonly OnHost[] {
  return packages
    .filter(({ name }) => server.test(name))
    .map(({ name, fromVersion, to }) =>
      foundOn(
        host,
        `packages[${name}]`,
        fromVersion ?? 'not installed',
        to.version,
        'a database server is changed',
      ),
    )
}

function restarts({ host, restarts }: HostPlan): readonly OnHost[] {
  return restarts
    .filter(({ unit }) => server.test(unit.replace(/\.service$/, '')))
    .map(({ unit }) =>
      foundOn(host, `restarts[${unit}]`, 'runs', 'starts anew', 'a database server ends its sessions'),
    )
}

/** A host that carries a database and is changed, by the steps that look after its rows. */
function carried({ host, steps, back, standbys }: HostPlan): readonly OnHost[] {
  if (!steps.some(({ effect }) => effect === 'changes')) return []
  const all = [...steps, ...back.snapshot, ...back.packages].map(({ action }) => action)
  const names = new Set(
    all.flatMap((action) =>
      action.kind.startsWith('rows.') && 'database' in action ? [action.database] : [],
    ),
  )
  const behind = standbys.map((name) =>
    foundOn(
      host,
      'standbys',
      'follows',
      'is built anew if the snapshot is put back',
      `the standby ${name} follows this host`,
    ),
  )
  const own = [...names]
    .sort()
    .map((name) =>
      foundOn(
        host,
        'databases',
        name,
        `${name}, on a host that is changed`,
        'the host of a database is changed',
      ),
    )
  return [...own, ...behind]
}
