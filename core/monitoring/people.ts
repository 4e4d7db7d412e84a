import type { ResolvedContact, ResolvedEstate, ResolvedSystem } from '../estate/resolved.ts'
import { systemsOf } from './targets.ts'

/** Who is mailed about a system: on a warning its engineers, on what is critical its owner as well. Addresses, each once. */
export function peopleOf(system: ResolvedSystem): {
  readonly warning: readonly string[]
  readonly critical: readonly string[]
} {
  const { owner, engineers } = system
  const working = addresses([engineers.businessSystem, engineers.database, engineers.network])
  const critical = addresses([owner, engineers.businessSystem, engineers.database, engineers.network])
  return { warning: working.length === 0 ? critical : working, critical }
}

/** Who is mailed about the monitoring itself, and where a system has nobody with an address: those of core systems, else all. */
export function everybodyElse(estate: ResolvedEstate): readonly string[] {
  const of = (systems: readonly ResolvedSystem[]) => [
    ...new Set(systems.flatMap((one) => peopleOf(one).critical)),
  ]
  const core = of(systemsOf(estate).filter(({ tier }) => tier === 'core'))
  return core.length > 0 ? core : of(systemsOf(estate))
}

function addresses(people: readonly (ResolvedContact | undefined)[]): readonly string[] {
  return [...new Set(people.flatMap((one) => (one?.mail === undefined ? [] : [one.mail])))]
}
