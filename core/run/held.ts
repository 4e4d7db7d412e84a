import type { HostPlan, PatchPlan } from '../../schemas/plan.ts'
import { isGood } from './outcome.ts'
import { hasBegun, type HostState, type RolloutState } from './state.ts'

/** The last instant (epoch ms) that is written with a year of four digits. */
const lastMs = Date.UTC(9999, 11, 31)

/** How long (ms) what a rollout leaves is kept after its end. */
export type Keep = { readonly snapshotsMs: number; readonly packagesMs: number }

/** Something of Upkeep's own that a rollout left and the journal knows of: a snapshot of a host, or files on it. */
export type Held = {
  readonly what: 'snapshot' | 'leftovers'
  readonly host: string
  readonly name: string
  /** When it expires (epoch ms); null while the rollout, or a way back that is still offered, may need it. */
  readonly expiresMs: number | null
  /** When it was begun to be removed, without a known end; null: not yet. */
  readonly triedMs: number | null
}

/** What a rollout still holds. A host that is stuck, or a rollout that is not over, keeps all of it. */
export function heldBy(plan: PatchPlan, state: RolloutState, keep: Keep): readonly Held[] {
  return plan.hosts.flatMap((planned): readonly Held[] => {
    const host = state.hosts[planned.host]
    if (host === undefined) return []
    const name = snapshotName(planned)
    const snapshot: Held = {
      what: 'snapshot',
      host: planned.host,
      name: name ?? '',
      expiresMs: expiryOf(state, keep.snapshotsMs),
      triedMs: host.expiry.snapshot?.sinceMs ?? null,
    }
    const leftovers: Held = {
      what: 'leftovers',
      host: planned.host,
      name: plan.id,
      expiresMs: expiryOf(state, keep.packagesMs),
      triedMs: host.expiry.leftovers?.sinceMs ?? null,
    }
    const isBegun = host.expiry.snapshot?.gone === false
    return [
      ...(name !== null && (host.snapshot || isBegun || mayBeThere(planned, host)) ? [snapshot] : []),
      ...(host.startedMs !== null && host.expiry.leftovers?.gone !== true ? [leftovers] : []),
    ]
  })
}

/** Whether taking the snapshot has begun and did not end well, or nobody said how: the hypervisor may have it all the same. */
function mayBeThere({ steps }: HostPlan, host: HostState): boolean {
  const take = steps.find(({ action }) => action.kind === 'snapshot.take')
  if (take === undefined || host.expiry.snapshot?.gone === true || !hasBegun(host, take.id)) return false
  return !isGood(host.ended[take.id]?.outcome ?? 'unknown')
}

/** Whether the way back of a rollout by the old packages is offered no more: what it needs has begun to be removed. */
export function isExpired(state: RolloutState): boolean {
  return Object.values(state.hosts).some(({ expiry }) => expiry.leftovers !== undefined)
}

/** When what a rollout holds expires (epoch ms); null while the rollout may need it. */
export function expiryOf(state: RolloutState, keepMs: number): number | null {
  const isStuck = Object.values(state.hosts).some(({ outcome }) => outcome === 'stuck')
  if (state.endedMs === null || isStuck) return null
  return Math.min(state.endedMs + keepMs, lastMs)
}

/** Name of the snapshot that a host's plan takes; null when it takes none. */
function snapshotName({ steps }: HostPlan): string | null {
  const action = steps.map((step) => step.action).find((one) => one.kind === 'snapshot.take')
  return action?.name ?? null
}
