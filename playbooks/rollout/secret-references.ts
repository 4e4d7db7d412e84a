import { isDriven } from '../../core/estate/hosts.ts'
import type { ResolvedEstate, ResolvedSecret, ResolvedSystem } from '../../core/estate/resolved.ts'

/** Every secret that the estate refers to for these systems, each once. */
export function secretReferences(
  estate: ResolvedEstate,
  systems: readonly ResolvedSystem[],
): readonly ResolvedSecret[] {
  const references = [
    ...systems.flatMap(secretsOf),
    ...(estate.mail?.password === undefined ? [] : [estate.mail.password]),
  ]
  return [...new Map(references.map((one) => [JSON.stringify(one), one])).values()]
}

function secretsOf(system: ResolvedSystem): readonly ResolvedSecret[] {
  const probes = [
    ...system.probes.test,
    ...system.probes.production,
    ...Object.values(system.roles).flatMap((role) => role.probes),
  ]
  return [
    ...system.hosts
      .filter((host) => isDriven(host))
      .flatMap(({ connection: { sudo } }) => (sudo.kind === 'password' ? [sudo.password] : [])),
    ...probes.flatMap((probe) => (probe.kind === 'tryton' ? [probe.password] : [])),
  ]
}
