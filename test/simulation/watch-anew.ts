import { type Seen, track } from './seen.ts'

/**
 * Until the restore begins, rows are counted and schemas compared by the controller that restores: what an earlier one saw
 * says nothing of the time since. Puts a host on its way to a snapshot back before those looks; gives the steps to be
 * taken once more.
 */
export function asksAnew(seen: Seen): readonly string[] {
  if (seen.phase !== 'back' || seen.way !== 'snapshot') return []
  const steps = track(seen)
  const restore = steps.findIndex(({ action }) => action.kind === 'snapshot.restore')
  if (seen.place > restore || seen.running === steps[restore]?.id) return []
  const first = steps.findIndex(
    ({ action }) => action.kind === 'rows.count' || action.kind === 'schema.compare',
  )
  if (first < 0 || seen.place <= first) return []
  const again = steps.slice(first, seen.place).map(({ id }) => id)
  seen.place = first
  return again
}
