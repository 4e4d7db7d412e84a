import { removeUnitFiles } from '../../connect/unit.ts'
import type { RolloutEvent } from '../../core/run/events.ts'
import { storeRemove } from '../../core/store/listing.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import { systemNamed } from '../estate-file.ts'
import { say } from '../show/holdings.ts'
import type { Holding, Holdings } from './holdings.ts'
import type { Session } from './session.ts'
import { snapshotsOf } from './world.ts'

/** What is due is tried again by a timer after this (ms); a person who asks is not made to wait. */
const againMs = 24 * 3_600_000

/** What has expired, of Upkeep's own only; with a timer, not what could not be removed within the last day. */
export function dueOf({ held }: Holdings, nowMs: number, isTimer = false): readonly Holding[] {
  return held.filter(
    ({ expiresMs, triedMs }) =>
      expiresMs !== null && expiresMs <= nowMs && !(isTimer && triedMs !== null && nowMs - triedMs < againMs),
  )
}

/** Removes what has expired, each announced in the journal before and told after; gives what could not be removed. */
export async function expire(
  shell: Shell,
  session: Session,
  found: Holdings,
  due: readonly Holding[],
): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  for (const holding of due) {
    const { what, host, name, rollout } = holding
    await session.tell({ type: 'expiry.started', subject: host, data: { rollout, what, name } })
    const removed =
      what === 'snapshot'
        ? await removeSnapshot(session, holding)
        : await removeLeftovers(session, host, rollout)
    const said = removed.ok ? removed.value : (removed.problems[0]?.what ?? '')
    const event: RolloutEvent = {
      type: 'expiry.ended',
      subject: host,
      data: { rollout, what, name, done: removed.ok, bytes: holding.bytes, said },
    }
    await session.tell(event)
    say(shell, holding, removed.ok ? said : `NOT removed: ${said}`)
    if (!removed.ok) problems.push(...removed.problems)
  }
  await expireStore(shell, session, found)
  return problems
}

async function removeSnapshot(session: Session, holding: Holding): Promise<Result<string>> {
  const system = systemNamed(session.estate, holding.system)
  if (!system.ok) return system
  const driver = snapshotsOf(system.value, session.fence)
  if (driver === null) {
    return fail({ code: 'snapshot/no-driver', what: 'No snapshot driver is named in the estate.' })
  }
  const removed = await driver.remove(holding.host, holding.name)
  return removed.ok ? ok('removed; the way back by this snapshot is gone') : removed
}

/** What a rollout left on a host besides its units: /etc as it was before, packages, dumps, and the boots before reboots. */
const leftoversScript = `
set -u
cd /var/lib/upkeep 2>/dev/null || exit 0
rm -rf -- "etc/$1" "packages/$1" "dumps/$1" "guard/$1" && rm -f -- "upkeep-$1-"*.boot
`

async function removeLeftovers(session: Session, name: string, rollout: string): Promise<Result<string>> {
  const host = await session.pool.get(name)
  if (!host.ok) return host
  const ran = await host.value.run(leftoversScript, {
    root: true,
    fence: session.fence,
    args: [rollout],
    timeoutMs: 60_000,
  })
  if (!ran.ok) return ran
  if (ran.value.code !== 0) {
    return fail(leftBehind(name, `${ran.value.stdout}${ran.value.stderr}`.trim().slice(-600)))
  }
  const units = await removeUnitFiles(host.value, `upkeep-${rollout}-`, session.fence)
  if (!units.ok) return units
  const { busy } = units.value
  if (busy.length > 0) {
    return fail(leftBehind(name, `still at work there: ${busy.join(', ')}`))
  }
  return ok('removed; the way back by the old packages is gone')
}

function leftBehind(where: string, found: string): Problem {
  return {
    code: 'host/leftovers',
    what: 'What an expired rollout left on the host could not all be removed.',
    where,
    found,
    fix: 'Look at /var/lib/upkeep there; `upkeep patch expire` tries again.',
  }
}

async function expireStore(shell: Shell, session: Session, found: Holdings): Promise<void> {
  const { unneeded, storeDir } = found
  if (unneeded.length === 0) return
  const bytes = unneeded.reduce((sum, one) => sum + one.bytes, 0)
  const digests = unneeded.map(({ digest }) => digest)
  await session.tell({ type: 'store.expiring', data: { rollout: null, digests, bytes } })
  for (const digest of digests) await storeRemove(storeDir, digest)
  await session.tell({ type: 'store.expired', data: { rollout: null, files: digests.length, bytes } })
  say(shell, { what: 'store', files: digests.length, bytes }, 'removed')
}
