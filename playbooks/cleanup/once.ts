import { removeUnitFiles } from '../../connect/unit.ts'
import { pendingArchives } from '../../core/cleanup/archive.ts'
import { hostSoFar } from '../../core/cleanup/evidence.ts'
import type { CleanupEnd } from '../../core/cleanup/events.ts'
import { leaseLostError } from '../../core/run/execute.ts'
import type { CleanupPlan, PlannedRule } from '../../schemas/cleanup-plan.ts'
import type { Session } from '../rollout/session.ts'
import { unitName } from '../perform/script.ts'
import { archive } from './archive.ts'
import { cleanHost } from './host.ts'

/**
 * Carries out rules on a host, announced before and told after. What was carried out there in this clean-up is not begun
 * again; what was begun, and of which nobody knows how it ended, is asked for first. Null when nothing is left to do.
 */
export async function once(
  session: Session,
  plan: CleanupPlan,
  host: CleanupPlan['hosts'][number],
  rules: readonly PlannedRule[],
  now: () => number,
): Promise<CleanupEnd | null> {
  const { done, open } = hostSoFar(session.events(), plan.id, host.host)
  if (open.length > 0) {
    const again = await carryOut(
      session,
      plan,
      host,
      plan.rules.filter(({ digest }) => open.includes(digest)),
      { isAgain: true, now },
    )
    if (again.rules.length === 0) return again
    return (await once(session, plan, host, rules, now)) ?? again
  }
  const left = rules.filter(({ digest }) => !done.includes(digest))
  return left.length === 0 ? null : carryOut(session, plan, host, left, { isAgain: false, now })
}

async function carryOut(
  session: Session,
  plan: CleanupPlan,
  host: CleanupPlan['hosts'][number],
  rules: readonly PlannedRule[],
  o: { readonly isAgain: boolean; readonly now: () => number },
): Promise<CleanupEnd> {
  const { id: cleanup } = plan
  const { host: subject, ring } = host
  // What is put aside to be archived is looked for by this, however the host ends.
  const begun = rules.map(({ name, digest, archiveTo }) => ({
    name,
    digest,
    ...(archiveTo === undefined ? {} : { archiveTo }),
  }))
  await session.record({ type: 'cleanup.host.started', subject, data: { cleanup, ring, rules: begun } })
  const end = await cleanHost(session, plan, host, rules, o)
  // It is the other controller's now: how it ends is not for this one to say.
  if (end.problem?.code === 'host/fenced') throw leaseLostError(end.problem)
  await session.record({ type: 'cleanup.host.ended', subject, data: { cleanup, ring, ...end } })
  if (end.outcome === 'unknown') return end
  const open = await session.pool.get(subject)
  // What can not be removed now is small, and harms nothing.
  if (open.ok) await removeUnitFiles(open.value, unitName(cleanup, 'clean-'), session.fence)
  return withArchives(session, plan, subject, end)
}

/** How the host ended, with what became of that which its rules archive. */
async function withArchives(
  session: Session,
  plan: CleanupPlan,
  host: string,
  end: CleanupEnd,
): Promise<CleanupEnd> {
  const pending = pendingArchives(session.events(), plan.system).filter(
    (one) => one.cleanup === plan.id && one.host === host,
  )
  let whole = end
  for (const one of pending) {
    const { outcome, said, problem } = await archive(session, one)
    whole = { ...whole, said: `${whole.said}; ${said}` }
    if (outcome === 'failed') whole = { ...whole, outcome, ...(problem === undefined ? {} : { problem }) }
  }
  return whole
}
