import type { Host } from '../../connect/remote.ts'
import type { Result } from '../../schemas/problem.ts'
import { ask, scriptText } from './answer.ts'
import { readDnfPending } from './dnf-pending-read.ts'
import { checkedPlanId } from './package-pattern.ts'
import type { PendingOptions, PendingUpgrades } from './pending.ts'

const fiveMinutesMs = 300_000

/**
 * Pending upgrades as dnf 4 sees them, dry: indexes are read into `/var/tmp/upkeep-plan-<planId>` (`cleanUpPlan` removes
 * it) and nothing else changes. `origins` are repositories that count as security beside what advisories say. Kernels,
 * packages of module streams and packages that take the place of others are kept back, each with the sentence that says so.
 * Problems: `dnf/no-manager`, `rpm/locked`, `rpm/interrupted`, `rpm/moving`, `dnf/unsigned-origin`,
 * `dnf/index-unreachable`, `rpm/no-packages`, `dnf/refused`, `dnf/no-digest`, `host/directory-taken`, `host/no-space`, `fact/*`.
 */
export async function dnfPending(host: Host, o: PendingOptions): Promise<Result<PendingUpgrades>> {
  const answer = await ask(host, {
    scripts: ['lock-holders.sh', 'dnf-before.sh', 'dnf-pending.sh'],
    args: [
      checkedPlanId(o.planId),
      o.only,
      o.origins.join('\n'),
      o.holds.join('\n'),
      (
        await Promise.all(
          ['dnf-base.py', 'dnf-locks.py', 'dnf-repositories.py', 'dnf-pending.py'].map(scriptText),
        )
      ).join(''),
    ],
    timeoutMs: o.timeoutMs ?? fiveMinutesMs,
  })
  return answer.ok ? readDnfPending(answer.value) : answer
}
