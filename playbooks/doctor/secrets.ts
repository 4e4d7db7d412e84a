import { readSecret } from '../../connect/secret.ts'
import type { ResolvedEstate, ResolvedSystem } from '../../core/estate/resolved.ts'
import { type Check, failedCheck } from '../facts/doctor.ts'
import { secretReferences } from '../rollout/secret-references.ts'
import type { Secrets } from '../rollout/targets.ts'

/** Every secret that the estate refers to can be read; none is shown. */
export async function secretHealth(
  estate: ResolvedEstate,
  systems: readonly ResolvedSystem[],
  secrets: Secrets,
): Promise<readonly Check[]> {
  const distinct = secretReferences(estate, systems)
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
