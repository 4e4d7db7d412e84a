import { join } from 'node:path'
import type { HeldSnapshot } from '../../connect/snapshot/driver.ts'
import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import { type Held, expiryOf, heldBy } from '../../core/run/held.ts'
import { type Listed, storeListing } from '../../core/store/listing.ts'
import type { Event } from '../../schemas/event.ts'
import { ok, type Problem, type Result } from '../../schemas/problem.ts'
import { eventsByRollout, type Rollout, rolloutById, rolloutIds } from './rollouts.ts'
import { snapshotsOf } from './world.ts'

/** Something that a rollout holds, with its bytes and since when (epoch ms) where its driver could say. */
export type Holding = Held & {
  readonly rollout: string
  readonly system: string
  readonly bytes: number | null
  readonly takenMs: number | null
}

/** What Upkeep holds for an estate, and which bytes of the store nothing needs any more. */
export type Holdings = {
  readonly rollouts: readonly Rollout[]
  readonly held: readonly Holding[]
  readonly stored: readonly Listed[]
  /** Those of the stored bytes that have expired, and that no rollout may need. */
  readonly unneeded: readonly Listed[]
  readonly storeDir: string
}

/**
 * Looks at all that Upkeep holds, by the journal: hosts are not asked, snapshot drivers are. Problem: a kept plan that
 * can not be read, for then nobody knows what it needs.
 */
export async function holdings(
  estate: ResolvedEstate,
  events: readonly Event[],
  nowMs: number,
): Promise<Result<Holdings>> {
  const found = await whatIsKnown(estate, events, nowMs)
  const [lost] = found.lost
  return lost === undefined ? ok(found) : { ok: false, problems: lost.problems }
}

/** A rollout whose kept plan can not be read. */
export type Lost = {
  readonly rollout: string
  readonly system: string
  readonly problems: readonly Problem[]
}

/** The same for who only looks: rollouts whose kept plan can not be read stand apart, and nothing is called unneeded then. */
export async function whatIsKnown(
  estate: ResolvedEstate,
  events: readonly Event[],
  nowMs: number,
): Promise<Holdings & { readonly lost: readonly Lost[] }> {
  const rollouts: Rollout[] = []
  const lost: Lost[] = []
  const eventsOf = eventsByRollout(events)
  for (const { id, system } of rolloutIds(events)) {
    const rollout = await rolloutById(estate, eventsOf.get(id) ?? [], id)
    if (rollout.ok) rollouts.push(rollout.value)
    else lost.push({ rollout: id, system, problems: rollout.problems })
  }
  const storeDir = join(estate.stateDir, 'store')
  const stored = await storeListing(storeDir)
  const held = rollouts.flatMap((rollout) => heldIn(estate, rollout))
  return {
    rollouts,
    lost,
    held: await withBytes(estate, held),
    stored,
    unneeded: lost.length > 0 ? [] : unneeded(estate, rollouts, stored, nowMs),
    storeDir,
  }
}

/** What one rollout holds; without its system in the estate nobody says how long, and so it is kept. */
function heldIn(estate: ResolvedEstate, { plan, state }: Rollout): readonly Holding[] {
  const system = estate.systems[plan.system]
  const policy = system?.policy
  const keep = { snapshotsMs: policy?.keepSnapshotsMs ?? 0, packagesMs: policy?.keepPackagesMs ?? 0 }
  return heldBy(plan, state, keep).map((one) => {
    const isNamed = system?.hosts.some(({ name }) => name === one.host) === true
    return {
      ...one,
      expiresMs: isNamed ? one.expiresMs : null,
      rollout: plan.id,
      system: plan.system,
      bytes: null,
      takenMs: null,
    }
  })
}

async function withBytes(estate: ResolvedEstate, held: readonly Holding[]): Promise<readonly Holding[]> {
  const listed = new Map<string, readonly HeldSnapshot[]>()
  for (const { what, host, system } of held) {
    const resolved = estate.systems[system]
    const driver = resolved === undefined ? null : snapshotsOf(resolved)
    if (what !== 'snapshot' || driver === null || listed.has(host)) continue
    const answer = await driver.list(host)
    if (answer.ok) listed.set(host, answer.value)
  }
  return held.map((one) => {
    const found = listed.get(one.host)?.find(({ name }) => one.what === 'snapshot' && name === one.name)
    return found === undefined ? one : { ...one, bytes: found.bytes, takenMs: found.takenMs }
  })
}

/** Stored bytes that are older than the longest that a system keeps packages, and that no rollout may need. */
function unneeded(
  estate: ResolvedEstate,
  rollouts: readonly Rollout[],
  stored: readonly Listed[],
  nowMs: number,
): readonly Listed[] {
  const longestMs = Math.max(...Object.values(estate.systems).map(({ policy }) => policy.keepPackagesMs))
  const needed = new Set(rollouts.flatMap((rollout) => neededBy(estate, rollout, nowMs)))
  return stored.filter(({ digest, sinceMs }) => sinceMs + longestMs <= nowMs && !needed.has(digest))
}

function neededBy(estate: ResolvedEstate, { plan, state }: Rollout, nowMs: number): readonly string[] {
  const keepMs = estate.systems[plan.system]?.policy.keepPackagesMs
  const expiresMs = keepMs === undefined ? null : expiryOf(state, keepMs)
  if (expiresMs !== null && expiresMs <= nowMs) return []
  const packages = plan.hosts.flatMap((host) =>
    host.packages.flatMap(({ from, to }) => (from === null ? [to.sha256] : [to.sha256, from.sha256])),
  )
  const manifests = Object.values(state.hosts).flatMap(({ ended }) =>
    Object.values(ended).flatMap(({ facts }) =>
      typeof facts?.['manifest'] === 'string' ? [facts['manifest']] : [],
    ),
  )
  return [...packages, ...manifests]
}
