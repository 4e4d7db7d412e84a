import type { Point } from './history.ts'

/** Slopes per day between any two points that lie more than `apartDays` apart. */
export function slopes(points: readonly Point[], apartDays: number): readonly number[] {
  return points.flatMap(([day, value], at) =>
    points
      .slice(at + 1)
      .filter((later) => later[0] - day > 0 && later[0] - day >= apartDays)
      .map((later) => (later[1] - value) / (later[0] - day)),
  )
}

/** The middle of some numbers; NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value below which that share of some numbers lies, between two of them by their distance; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)] ?? NaN
  const high = sorted[Math.ceil(at)] ?? NaN
  return low + (high - low) * (at - Math.floor(at))
}
