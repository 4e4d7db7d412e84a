import type { PatrolItem } from '../../schemas/patrol.ts'
import type { Limit } from './limits.ts'
import { wallClock } from '../gate/wall-clock.ts'
import { dayOf, type History, itemOfSeries, type Point, recent } from './history.ts'
import { levelShifts } from './shift.ts'
import { median, quantile, slopes } from './slope.ts'

/** Why the data carry no forecast. */
export type NoForecast = 'few' | 'step' | 'flat' | 'noise' | 'away' | 'far' | 'crossed'

/**
 * When a figure crosses its line: `inDays` from today by the middle slope, `earlyDays` and `lateDays` by the band, which is
 * meant to hold 8 of 10; `lateDays` null: that far ahead nothing can be said. `perDay` is in the unit of the item.
 */
export type Forecast = {
  readonly item: PatrolItem
  readonly of: string
  readonly value: number
  readonly line: number
  readonly level: 'warning' | 'critical'
  /** Days with a value that it rests on. */
  readonly points: number
} & (
  | {
      readonly state: 'crosses'
      readonly inDays: number
      readonly earlyDays: number
      readonly lateDays: number | null
      readonly perDay: number
    }
  | { readonly state: 'none'; readonly why: NoForecast }
)

/** Fewer points, or over fewer days, carry no trend: a core system has 14 of them then, any other one at least 7. */
const fewestPoints = 7
const fewestDays = 14
/** No forecast goes further than so many times what it looks back on, nor than a year. */
const reach = 4
const mostDays = 365
/** What comes and goes so often is a habit (a weekly archive and its clean-up), and its peaks are looked at. */
const habit = 3
const weekly: ReadonlySet<PatrolItem> = new Set(['databaseConnections'])

/** The day (ISO 8601) that comes so many days after an instant, where people have this zone. */
export function dayText(nowMs: number, inDays: number, timeZone: string): string {
  return new Date((dayOf(wallClock(nowMs, timeZone)) + inDays) * 86_400_000).toISOString().slice(0, 10)
}

/** The forecasts of a host, in the order of its history, of what it showed today. */
export function forecastsOf(
  history: History,
  limits: Readonly<Record<PatrolItem, Limit>>,
  today: number,
): readonly Forecast[] {
  return Object.entries(history).flatMap(([key, all]) => {
    const points = recent(all, today)
    const item = itemOfSeries(key)
    if (item === undefined || points.at(-1)?.[0] !== today) return []
    return [forecast({ item, of: key.slice(item.length + 1), limit: limits[item], points })]
  })
}

/**
 * The day on which a figure crosses its line, or why that can not be said. `points`: worst values of days, in order.
 * The slope is the median of those between any two days (Theil and Sen), so single days that stand out do not move it;
 * the band is what the figure did between days that lie a third of the time and more apart.
 */
export function forecast(o: {
  readonly item: PatrolItem
  readonly of: string
  readonly limit: Limit
  readonly points: readonly Point[]
}): Forecast {
  const { item, of, limit, points } = o
  const value = points.at(-1)?.[1] ?? NaN
  const sign = limit.side === 'most' ? 1 : -1
  const isBeyond = (line: number) => (value - line) * sign > 0
  const level = isBeyond(limit.warning) && limit.critical !== null ? 'critical' : 'warning'
  const line = level === 'critical' && limit.critical !== null ? limit.critical : limit.warning
  const head = { item, of, value, line, level } as const
  const none = (why: NoForecast, used: readonly Point[]): Forecast => ({
    ...head,
    points: used.length,
    state: 'none',
    why,
  })
  if (isBeyond(line)) return none('crossed', points)
  const used = steady(item, points, sign)
  if (tooFew(used.points)) return none(used.isCut ? 'step' : 'few', used.points)
  const found = trend(used.points, sign)
  if (typeof found === 'string') return none(found, used.points)
  const { slope, slow, fast, levelNow, noise, spanDays } = found
  const distance = Math.max(0, (line - levelNow) * sign)
  const earlyDays = Math.max(0, (distance - noise) / fast)
  const lateDays = (distance + noise) / slow
  const horizon = Math.min(mostDays, reach * spanDays)
  const inDays = distance / slope
  if (inDays > horizon) return none('far', used.points)
  return {
    ...head,
    points: used.points.length,
    state: 'crosses',
    inDays: Math.round(inDays),
    earlyDays: Math.floor(earlyDays),
    lateDays: lateDays > 2 * horizon ? null : Math.ceil(lateDays),
    perDay: slope * sign,
  }
}

// What is used after a step (a clean-up, a larger disk, a load of data) is told by what came after it only.
function steady(
  item: PatrolItem,
  points: readonly Point[],
  sign: 1 | -1,
): { readonly points: readonly Point[]; readonly isCut: boolean } {
  if (weekly.has(item)) return afterSteps(weeksOf(points, sign))
  const shifts = levelShifts(points)
  return shifts.length >= habit ? afterSteps(weeksOf(points, sign)) : afterSteps(points)
}

function afterSteps(points: readonly Point[]): {
  readonly points: readonly Point[]
  readonly isCut: boolean
} {
  const last = levelShifts(points).at(-1)
  return last === undefined ? { points, isCut: false } : { points: points.slice(last), isCut: true }
}

/** The worst day of each whole week, counted back from the last day. */
function weeksOf(points: readonly Point[], sign: 1 | -1): readonly Point[] {
  const lastDay = points.at(-1)?.[0] ?? NaN
  const firstDay = points[0]?.[0] ?? NaN
  const weeks = new Map<number, Point>()
  for (const point of points) {
    const week = Math.floor((lastDay - point[0]) / 7)
    if (lastDay - 7 * week - 6 < firstDay) continue
    const known = weeks.get(week)
    if (known === undefined || (point[1] - known[1]) * sign > 0) weeks.set(week, point)
  }
  return [...weeks.values()].toSorted((a, b) => a[0] - b[0])
}

function tooFew(points: readonly Point[]): boolean {
  return points.length < fewestPoints || spanOf(points) < fewestDays - 1
}

function spanOf(points: readonly Point[]): number {
  return (points.at(-1)?.[0] ?? NaN) - (points[0]?.[0] ?? NaN)
}

type Trend = {
  readonly slope: number
  readonly slow: number
  readonly fast: number
  readonly levelNow: number
  readonly noise: number
  readonly spanDays: number
}

/** The way towards the line, per day: its middle, slow and fast slope, all above 0; or why there is none. */
function trend(points: readonly Point[], sign: 1 | -1): Trend | NoForecast {
  const spanDays = spanOf(points)
  const lastDay = points.at(-1)?.[0] ?? NaN
  const slope = median(slopes(points, 0)) * sign
  const wide = slopes(points, spanDays / 3).map((one) => one * sign)
  const levelNow = median(points.map(([day, value]) => value + slope * sign * (lastDay - day)))
  const left = points.map(([day, value]) => Math.abs(value - levelNow - slope * sign * (day - lastDay)))
  const noise = quantile(left, 0.9)
  const way = Math.abs(slope) * spanDays
  // Half a hundredth in all that time: the figure stands.
  const scale = Math.max(...points.map(([, value]) => Math.abs(value)))
  if (way <= scale / 200 && noise <= scale / 200) return 'flat'
  if (way <= 2 * noise) return 'noise'
  if (slope < 0) return 'away'
  const [slow, fast] = [quantile(wide, 0.1), quantile(wide, 0.9)]
  return slow <= 0 ? 'noise' : { slope, slow, fast, levelNow, noise, spanDays }
}
