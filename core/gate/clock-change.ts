import { weekdays } from '../../schemas/weekdays.ts'
import type { ResolvedWindow } from '../estate/resolved.ts'
import { wallClock, wallDay } from './wall-clock.ts'

const dayMs = 86_400_000

/** 28 years from 2026 on: in so many each date falls on each day of the week. */
const fromMs = Date.UTC(2026, 0, 1)
const toMs = Date.UTC(2054, 0, 1)
/** No zone changes its clocks and changes them back within a week. */
const stepMs = 7 * dayMs

/** What clocks do to the readings from `fromWall` up to `toWall`, as `wallClock` gives them. */
type ClockChange = {
  readonly does: 'leave out' | 'show twice'
  readonly fromWall: number
  readonly toWall: number
}

const changes = new Map<string, readonly ClockChange[]>()

/** The first reading at which a window would start and that clocks of its zone leave out, or show twice; null: there is none. */
export function oddStart({
  days,
  startMs,
  timeZone,
}: Pick<ResolvedWindow, 'days' | 'startMs' | 'timeZone'>): {
  readonly wall: number
  readonly does: ClockChange['does']
} | null {
  for (const { does, fromWall, toWall } of changesOf(timeZone)) {
    for (let day = wallDay(fromWall); day + startMs < toWall; day += dayMs) {
      const weekday = weekdays[(new Date(day).getUTCDay() + 6) % 7]
      if (day + startMs < fromWall || weekday === undefined || !days.includes(weekday)) continue
      return { wall: day + startMs, does }
    }
  }
  return null
}

function changesOf(timeZone: string): readonly ClockChange[] {
  const known = changes.get(timeZone)
  if (known !== undefined) return known
  const aheadMs = (ms: number) => wallClock(ms, timeZone) - ms
  const found: ClockChange[] = []
  for (let ms = fromMs; ms < toMs; ms += stepMs) {
    const before = aheadMs(ms)
    const after = aheadMs(ms + stepMs)
    if (before === after) continue
    let [last, first] = [ms, ms + stepMs]
    while (first - last > 1) {
      const middle = Math.floor((last + first) / 2)
      if (aheadMs(middle) === before) last = middle
      else first = middle
    }
    found.push({
      does: after > before ? 'leave out' : 'show twice',
      fromWall: first + Math.min(before, after),
      toWall: first + Math.max(before, after),
    })
  }
  changes.set(timeZone, found)
  return found
}
