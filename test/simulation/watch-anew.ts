import type { Step } from '../../schemas/plan.ts'
import { type Seen, track } from './seen.ts'

/**
 * The looks of an earlier controller that say nothing of the time since; the next one takes them once more. Until a restore
 * begins, rows are counted and schemas compared by the controller that restores; until something of a host is closed or
 * changed, that it is as planned and well is seen by the controller that goes on, and its manifest is taken by it as well
 * unless updaters are paused already; looks of the last ten minutes stand. Gives the steps whose turn it is first from now on.
 */
export function asksAnew(seen: Seen, nowMs: number): readonly string[] {
  if (seen.phase === 'forward') {
    if (seen.lookedMs === null || Math.abs(nowMs - seen.lookedMs) < 600_000) return []
    seen.looksLater = seen.running !== null || seen.unknown
    return seen.looksLater ? [] : looksAnew(seen, null)
  }
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

/** The step whose turn it is: a look that is to be taken once more, or the next one of the track. */
export function turnOf(seen: Seen): Step | undefined {
  const [look] = seen.again
  return look === undefined ? track(seen)[seen.place] : seen.steps.byId.get(look)
}

/** The step whose turn it was ended well; gives looks to be taken once more after it. */
export function advance(seen: Seen, nowMs: number): readonly string[] {
  const step = turnOf(seen)
  const just = step?.id ?? null
  const isTouched = track(seen)
    .slice(0, seen.place)
    .some(({ effect }) => touching.includes(effect))
  if (seen.phase === 'forward' && step?.effect === 'reads' && !isTouched) seen.lookedMs ??= nowMs
  if (seen.again.length > 0) seen.again = seen.again.slice(1)
  else seen.place += 1
  if (!seen.looksLater) return []
  seen.looksLater = false
  return looksAnew(seen, just)
}

const touching: readonly string[] = ['closes', 'changes', 'restores', 'opens']

function looksAnew(seen: Seen, just: string | null): readonly string[] {
  const steps = track(seen)
  const been = steps.slice(0, seen.place)
  if (been.some(({ effect }) => touching.includes(effect))) return []
  const isPaused = been.some(({ does }) => does === 'updaters.pause')
  const isLook = ({ id, action }: Step) => id !== just && !(isPaused && action.kind === 'manifest.take')
  const before = steps.findIndex(({ effect }) => effect !== 'reads')
  seen.again = been
    .slice(0, before)
    .filter((step) => isLook(step) || seen.again.includes(step.id))
    .map(({ id }) => id)
  if (seen.again.length > 0) seen.lookedMs = null
  return seen.again
}

/**
 * Whether a step must not begin outside of a host's window: nothing of a host that was taken over is closed or changed
 * there, unless something of it is already.
 */
export function isOutside(seen: Seen, { id, effect }: Step): boolean {
  if (!seen.takenOver || seen.phase !== 'forward' || seen.planned.ring === 'test') return false
  if (seen.closed || seen.changed || seen.running === id) return false
  return effect === 'closes' || effect === 'changes'
}
