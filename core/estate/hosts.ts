import type { Connection, JumpHost, SharedConnection } from '../../schemas/connection.ts'
import type { Estate } from '../../schemas/estate.ts'
import type { Path } from '../../schemas/source.ts'
import type { EstateHost, System } from '../../schemas/system.ts'

/** Package managers that playbooks can drive; hosts with another one stand in the estate, but are never changed. */
const packageDrivers = ['apt', 'dnf'] as const satisfies readonly EstateHost['packages'][]

/** Name of a package manager that playbooks can drive. */
export type PackageDriverName = (typeof packageDrivers)[number]

/** A host as written, with its names and its place in the file. */
export type PlacedHost = {
  readonly name: string
  readonly host: EstateHost
  readonly systemName: string
  readonly system: System
  readonly path: Path
}

/** All hosts of the estate, in the order of the file. */
export function hostsOf(estate: Estate): readonly PlacedHost[] {
  return Object.entries(estate.systems).flatMap(([systemName, system]) =>
    Object.entries(system.hosts).map(([name, host]) => ({
      name,
      host,
      systemName,
      system,
      path: ['systems', systemName, 'hosts', name],
    })),
  )
}

/** Whether playbooks can change packages on a host. */
export function hasDriver(host: EstateHost): boolean {
  return isDriven({ packages: host.packages ?? 'apt' })
}

/** Whether a host's package manager, as resolved, has a driver. */
export function isDriven<T extends { readonly packages: string }>(
  host: T,
): host is T & { readonly packages: PackageDriverName } {
  return packageDrivers.some((name) => name === host.packages)
}

/** A host's connection: its own values over its system's, those over the estate's; without an address, its name is it. */
export function connectionOf(
  estate: Estate,
  { name, host, system }: PlacedHost,
): Connection & { address: string } {
  const merged = [estate.connection, system.connection, host.connection].reduce<Connection>(overlaid, {})
  return { ...merged, address: merged.address ?? name }
}

/** A jump host's connection; user, key and agent are the estate's when it has none of its own. */
export function jumpConnectionOf(estate: Estate, jumpHost: JumpHost): JumpHost {
  const { user, key, agent } = estate.connection ?? {}
  const shared: SharedConnection = {
    ...(user === undefined ? {} : { user }),
    ...(key === undefined ? {} : { key }),
    ...(agent === undefined ? {} : { agent }),
  }
  return { ...overlaid(shared, jumpHost), address: jumpHost.address }
}

function overlaid(under: Connection, over: Connection | undefined): Connection {
  if (over === undefined) return under
  if (over.key === undefined && over.agent === undefined) return { ...under, ...over }
  // A key and the agent are two answers to one question: the nearer one replaces both.
  const kept = Object.entries(under).filter(([name]) => name !== 'key' && name !== 'agent')
  return { ...Object.fromEntries(kept), ...over }
}
