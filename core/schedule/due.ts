import { weekdays } from '../../schemas/weekdays.ts'
import { instantOf, wallClock, wallDay } from '../gate/wall-clock.ts'

const dayMs = 86_400_000

/** Times of the day, on days of the week, at which work that repeats is due, as clocks on the wall of a zone show them. */
export type Schedule = {
  /** At least one. */
  readonly days: readonly (typeof weekdays)[number][]
  /** Since midnight on the wall, from 0 to below 24 h; at least one. */
  readonly timesMs: readonly number[]
  /** IANA name. */
  readonly timeZone: string
}

/** The first instant after `nowMs` at which the work is due. */
export function nextDue(schedule: Schedule, nowMs: number): number {
  const [due] = dueBetween(schedule, nowMs + 1, nowMs + farMs)
  const { days, timesMs } = schedule
  if (due === undefined) throw new Error(`Nothing is due on ${days.length} days at ${timesMs.length} times`)
  return due
}

// A weekday returns after 7 days; after 14 where a zone once left out that very day (Apia, 30 December 2011).
const farMs = 16 * dayMs

/**
 * The instants in `[fromMs, toMs]` at which the work is due, in order. A time that a spring night leaves out is due when
 * clocks jump over it, together with any other that falls there; one that an autumn night shows twice, the first time.
 */
export function dueBetween(schedule: Schedule, fromMs: number, toMs: number): readonly number[] {
  const { days, timesMs, timeZone } = schedule
  const due = new Set<number>()
  // Two more days on either side: no clock change is longer.
  const lastDay = wallDay(wallClock(toMs, timeZone)) + 2 * dayMs
  for (let day = wallDay(wallClock(fromMs, timeZone)) - 2 * dayMs; day <= lastDay; day += dayMs) {
    const weekday = weekdays[(new Date(day).getUTCDay() + 6) % 7]
    if (weekday === undefined || !days.includes(weekday)) continue
    for (const timeMs of timesMs) due.add(instantOf(day + timeMs, timeZone))
  }
  return [...due].filter((ms) => ms >= fromMs && ms <= toMs).toSorted((a, b) => a - b)
}
