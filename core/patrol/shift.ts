import type { Point } from './history.ts'
import { median } from './slope.ts'

/**
 * A move is a step when it differs from the usual one by so many times what others do, in the middle and on average, and not
 * below 2 in 100. On average: days without work are two in seven, and no step; a clean-up each week is one.
 */
const timesSpread = 6
const timesMean = 4
const leastShare = 0.02
/** So many points on either side say where the figure stood: a single day that stands out is no step. */
const aside = 3

/** Where a figure went to another level and stayed there: the first point of each new level, as its place in `points`. */
export function levelShifts(points: readonly Point[]): readonly number[] {
  const moves = points.slice(1).map(([day, value], at) => {
    const [dayBefore, before] = points[at] ?? [NaN, NaN]
    return { days: day - dayBefore, by: value - before }
  })
  if (moves.length < 2) return []
  const usual = median(moves.map(({ days, by }) => by / days))
  const beside = moves.map(({ days, by }) => by - usual * days)
  // 1.4826 times the median distance is the standard deviation of what is spread normally.
  const spread = 1.4826 * median(beside.map(Math.abs))
  const scale = Math.max(...points.map(([, value]) => Math.abs(value)))
  const mean = beside.reduce((sum, one) => sum + Math.abs(one), 0) / beside.length
  const least = Math.max(timesSpread * spread, timesMean * mean, leastShare * scale)
  return points
    .map((_, at) => at)
    .slice(1)
    .filter((at) => Math.abs(beside[at - 1] ?? 0) > least && Math.abs(stayed(points, at, usual)) > least / 2)
}

// By how much the level after differs from that before, less what the usual move makes of the days between.
function stayed(points: readonly Point[], at: number, usual: number): number {
  const [day, value] = points[at] ?? [NaN, NaN]
  const level = ([its, of]: Point) => of - usual * (its - day)
  const before = median(points.slice(Math.max(0, at - aside), at).map(level))
  const after = points.slice(at, at + aside).map(level)
  if (after.length < aside)
    return after
      .map((one) => one - before)
      .reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a), value - before)
  return median(after) - before
}
