import type { Window } from '../../schemas/window.ts'
import { durationMs } from '../duration.ts'
import type { ResolvedWindow } from './resolved.ts'

/** A window with nothing left open; `timeZone` is that of the estate. */
export function resolvedWindow(window: Window, name: string, timeZone: string): ResolvedWindow {
  const [hours = NaN, minutes = NaN] = window.start.split(':').map(Number)
  return {
    name,
    days: window.days,
    startMs: (hours * 60 + minutes) * 60_000,
    durationMs: durationMs(window.duration),
    cutoffMs: durationMs(window.cutoff ?? '0s'),
    timeZone: window.timeZone ?? timeZone,
  }
}
