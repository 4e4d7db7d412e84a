import type { Action } from '../../schemas/plan.ts'
import { fail } from '../../schemas/problem.ts'
import { act } from './ask.ts'
import { done, type Ended, failed, type Performing } from './context.ts'
import { waitUntilUp } from './reboot.ts'
import { uncounted } from './rows-count.ts'

type Named<K> = Extract<Action, { kind: K }>

const noDriver = fail({
  code: 'snapshot/no-driver',
  what: 'No snapshot driver is named in the estate.',
}).problems

/** Writes the host's memory out and takes the snapshot; one that would be incomplete is refused. */
export async function takeSnapshot(
  { world, planned }: Performing,
  action: Named<'snapshot.take'>,
): Promise<Ended> {
  if (world.snapshots === null) return failed(noDriver)
  const synced = await act(world, planned.host, 'sync', [], 120_000)
  if (!synced.ok) return failed(synced.problems)
  const taken = await world.snapshots.take(planned.host, action.name)
  return taken.ok ? done(`snapshot ${action.name}`) : failed(taken.problems)
}

/**
 * An engine on this host of which nothing was counted before its snapshot is to come back: the plan is older than that
 * counting, or was made by something else. On a test host rows may go.
 */
function notCounted({ planned, step }: Performing): string | null {
  const { snapshot } = planned.back
  if (planned.stateless || planned.ring === 'test' || !snapshot.some(({ id }) => id === step.id)) return null
  const counted = new Set(snapshot.map(({ action }) => (action.kind === 'rows.count' ? action.port : null)))
  const all = planned.steps.flatMap(({ action }) =>
    action.kind === 'schema.take' && action.on === undefined && !counted.has(action.port)
      ? [action.port]
      : [],
  )
  return all.length === 0 ? null : `${planned.host} engine on port ${all.join(', ')}`
}

/** Swaps the snapshot in, boots the host and waits until it is up; done once for the same step. */
export async function restoreSnapshot(
  performing: Performing,
  action: Named<'snapshot.restore'>,
): Promise<Ended> {
  const { world, planned, step } = performing
  const where = notCounted(performing)
  if (where !== null) return failed([uncounted(where, 'the plan has no step that counts it')])
  if (world.snapshots === null) return failed(noDriver)
  const restored = await world.snapshots.restore(planned.host, action.name, step.id)
  if (!restored.ok) return failed(restored.problems)
  const up = await waitUntilUp(world, planned.host, null, step.limitMs)
  if (!up.ok) return failed(up.problems)
  const standbys =
    planned.standbys.length === 0 ? '' : `; rebuild the standby: ${planned.standbys.join(', ')}`
  return done(`back on snapshot ${action.name}${standbys}`)
}

/** Removes a snapshot of Upkeep's own. */
export async function removeSnapshot(
  { world, planned }: Performing,
  action: Named<'snapshot.remove'>,
): Promise<Ended> {
  if (world.snapshots === null) return failed(noDriver)
  const removed = await world.snapshots.remove(planned.host, action.name)
  return removed.ok ? done('removed') : failed(removed.problems)
}
