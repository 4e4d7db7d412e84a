import { type Seen, track } from './seen.ts'

/**
 * The looks of an earlier controller that say nothing of the time since; the next one takes them once more. Until a restore
 * begins, rows are counted and schemas compared by the controller that restores; until something of a host is closed or
 * changed, that it is as planned and well is seen by the controller that goes on, and its manifest is taken by it as well
 * unless updaters are paused already. Puts the host back before those looks; gives the steps to be taken.
 */
export function asksAnew(seen: Seen): readonly string[] {
  if (seen.phase === 'forward') return looksAnew(seen)
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

function looksAnew(seen: Seen): readonly string[] {
  if (seen.closed || seen.changed || seen.inUse || seen.snapshot || seen.running !== null || seen.unknown)
    return []
  const steps = track(seen)
  const been = steps.slice(0, seen.skips?.to ?? seen.place)
  const isPaused = been.some(({ does }) => does === 'updaters.pause')
  const looks = steps
    .slice(
      0,
      steps.findIndex(({ effect }) => effect !== 'reads'),
    )
    .filter(({ action }) => !isPaused || action.kind !== 'manifest.take')
  const again = looks.slice(0, seen.place)
  if (seen.place > looks.length) seen.skips = { from: looks.length, to: seen.place }
  seen.place = 0
  return again.map(({ id }) => id)
}

/** A step of a host ended well: the next one is due, or the one after those that had ended before. */
export function advance(seen: Seen): void {
  seen.place += 1
  if (seen.place !== seen.skips?.from) return
  seen.place = seen.skips.to
  seen.skips = null
}
