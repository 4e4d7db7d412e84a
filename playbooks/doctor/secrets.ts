import { readSecret } from '../../connect/secret.ts'
import type { ResolvedEstate, ResolvedSecret, ResolvedSystem } from '../../core/estate/resolved.ts'
import { type Check, failedCheck } from '../facts/doctor.ts'
import type { Secrets } from '../rollout/targets.ts'

/** Every secret that the estate refers to can be read; none is shown. */
export async function secretHealth(
  estate: ResolvedEstate,
  systems: readonly ResolvedSystem[],
  secrets: Secrets,
): Promise<readonly Check[]> {
  const references = [
    ...systems.flatMap(secretsOf),
    ...(estate.mail?.password === undefined ? [] : [estate.mail.password]),
  ]
  const distinct = [...new Map(references.map((one) => [JSON.stringify(one), one])).values()]
  if (distinct.length === 0) return []
  const read = await Promise.all(distinct.map((reference) => readSecret(reference, secrets)))
  const failed = read.flatMap((one) =>
    one.ok
      ? []
      : [
          failedCheck(
            'secrets',
            one.problems.map((problem) => ({ ...problem, found: problem.where ?? '' })),
          ),
        ],
  )
  return failed.length > 0
    ? failed
    : [{ check: 'secrets', outcome: 'ok', said: `${distinct.length} can be read` }]
}

function secretsOf(system: ResolvedSystem): readonly ResolvedSecret[] {
  const probes = [
    ...system.probes.test,
    ...system.probes.production,
    ...Object.values(system.roles).flatMap((role) => role.probes),
  ]
  return [
    ...system.hosts.flatMap(({ packages, connection: { sudo } }) =>
      packages === 'apt' && sudo.kind === 'password' ? [sudo.password] : [],
    ),
    ...probes.flatMap((probe) => (probe.kind === 'tryton' ? [probe.password] : [])),
  ]
}
