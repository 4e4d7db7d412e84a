import { setTimeout as sleep } from 'node:timers/promises'
import type { HostPool } from '../../connect/pool.ts'
import type { ResolvedSystem } from '../../core/estate/resolved.ts'
import type { HostPlan, PatchPlan } from '../../schemas/plan.ts'
import { cleanUpPlan } from '../facts/pending.ts'
import { packagesOf } from '../packages/of-host.ts'

/** A repository that has not answered within this (ms) is not waited for: the plan does not need it. */
const limitMs = 20_000

/**
 * What test hosts are offered by now instead of what is planned, "oa-portal 1.2 instead of 1.1": a note for people and
 * no more, for the planned bytes lie in the store. A host or repository that does not answer says nothing.
 */
export async function newerOnOffer(
  pool: HostPool,
  system: ResolvedSystem,
  plan: PatchPlan,
): Promise<readonly string[]> {
  const asked = plan.hosts.filter((host) => host.ring === 'test' && host.packages.length > 0)
  const over = new AbortController()
  const late = sleep(limitMs, [] as readonly string[], { signal: over.signal }).catch(() => [])
  try {
    const said = await Promise.all(
      asked.map((host) => Promise.race([newerOn(pool, system, host, plan), late])),
    )
    return [...new Set(said.flat())].sort()
  } finally {
    over.abort()
  }
}

async function newerOn(
  pool: HostPool,
  system: ResolvedSystem,
  planned: HostPlan,
  plan: PatchPlan,
): Promise<readonly string[]> {
  const host = await pool.get(planned.host)
  if (!host.ok) return []
  const { only, origins, holds } = system.policy
  const planId = plan.id
  const pending = await packagesOf(planned).facts.pending(host.value, {
    only,
    origins,
    holds,
    planId,
    timeoutMs: limitMs,
  })
  await cleanUpPlan(host.value, planId)
  if (!pending.ok) return []
  const offered = new Map(pending.value.changes.map((change) => [change.name, change.toVersion]))
  return planned.packages.flatMap(({ name, to }) => {
    const version = offered.get(name)
    return version === undefined || version === to.version
      ? []
      : [`${name} ${version} instead of ${to.version}`]
  })
}
