import { forHost } from '../estate/for-host.ts'
import type { NamedProbe, ResolvedEstate, ResolvedHost, ResolvedSystem } from '../estate/resolved.ts'

/** What Prometheus asks, with the labels that all that it finds there has. */
export type Target = {
  readonly address: string
  readonly labels: Readonly<Record<string, string>>
}

/** The monitoring host itself as system and host; no name in an estate has an underscore. */
export const ownName = '_monitoring'

const nodePort = 9100

/** The node exporter of every host that Upkeep can install something on. */
export function nodeTargets(estate: ResolvedEstate): readonly Target[] {
  return systemsOf(estate).flatMap((system) =>
    system.hosts
      .filter(({ packages }) => packages !== 'none')
      .map((host) => ({
        address: withPort(host.connection.address, nodePort),
        labels: labelsOf(system, host.ring, host.name),
      })),
  )
}

/** The PostgreSQL exporters that databases of the estate name: on each host of the database. */
export function databaseTargets(estate: ResolvedEstate): readonly Target[] {
  return systemsOf(estate).flatMap((system) =>
    system.databases.flatMap(({ id, exporter, primary, standby }) =>
      exporter === undefined
        ? []
        : system.hosts
            .filter(
              ({ roles }) => roles.includes(primary) || (standby !== undefined && roles.includes(standby)),
            )
            .map((host) => ({
              address: withPort(host.connection.address, exporter),
              labels: { ...labelsOf(system, host.ring, host.name), database: id },
            })),
    ),
  )
}

/** A probe that the monitoring host can ask by itself; `module` is the name of its question. */
export type ProbeTarget = Target & { readonly module: string; readonly probe: NamedProbe }

/**
 * Probes that are asked over the network: web addresses, ports, and whether the port of a Tryton server answers. What is
 * asked on a host itself (loopback, SQL, commands), or with a secret, is left to inspections.
 */
export function probeTargets(estate: ResolvedEstate): readonly ProbeTarget[] {
  return systemsOf(estate).flatMap((system) => [
    ...(['test', 'production'] as const).flatMap((ring) =>
      system.probes[ring].flatMap((probe) =>
        asked(probe, `${system.name}/ring/${ring}`, labelsOf(system, ring)),
      ),
    ),
    ...system.hosts.flatMap((host) =>
      host.roles.flatMap((role) =>
        (system.roles[role]?.probes ?? []).flatMap((probe) =>
          asked(
            forHost(probe, host.name, host.connection.address),
            `${system.name}/role/${role}`,
            labelsOf(system, host.ring, host.name),
          ),
        ),
      ),
    ),
  ])
}

/** Systems in the order of the file. */
export function systemsOf(estate: ResolvedEstate): readonly ResolvedSystem[] {
  return Object.values(estate.systems)
}

function asked(probe: NamedProbe, of: string, labels: Target['labels']): readonly ProbeTarget[] {
  const address = addressOf(probe)
  if (address === undefined) return []
  const seconds = String(probe.withinMs / 1000)
  return [
    {
      address,
      probe,
      module: `${of}/${probe.name}`,
      labels: { ...labels, probe: probe.name, within: seconds },
    },
  ]
}

function addressOf(probe: NamedProbe): string | undefined {
  if (probe.kind === 'http' && probe.from === 'controller') return probe.url
  if (probe.kind === 'tcp' && probe.from === 'controller') return withPort(probe.address, probe.port)
  if (probe.kind !== 'tryton') return undefined
  const { protocol, host, port } = new URL(probe.url)
  return port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host
}

function labelsOf(
  { name, tier }: ResolvedSystem,
  ring: ResolvedHost['ring'],
  host?: string,
): Target['labels'] {
  return { system: name, tier, ring, ...(host === undefined ? {} : { host }) }
}

function withPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
