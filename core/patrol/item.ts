import type { Tier } from '../estate/tiers.ts'

/**
 * Limits of one figure. `most`: beyond is more than the limit; `least`: less than it. A level that was reached ends only
 * `margin` on the good side of its limit. `critical` null: the figure is never more than a warning.
 */
export type Limit = {
  readonly side: 'most' | 'least'
  readonly warning: number
  readonly critical: number | null
  readonly margin: number
}

/** What a figure is called, its unit, its limits, and the row or rule that they come from. */
export type Item = {
  readonly title: string
  readonly unit: '%' | 'ms' | 's' | 'd' | 'MB' | '/s' | ''
  readonly limit: Limit
  /** Where a tier has other limits than the rest. */
  readonly tiers?: Partial<Readonly<Record<Tier, Partial<Limit>>>>
  readonly source: string
  /** What has one such figure, has it each time: where the host does not show it any more, it is gone and not mended. */
  readonly lasts?: true
}

/** More is worse. */
export const most = (warning: number, critical: number | null, margin: number): Limit => ({
  side: 'most',
  warning,
  critical,
  margin,
})
/** Less is worse. */
export const least = (warning: number, critical: number | null, margin: number): Limit => ({
  side: 'least',
  warning,
  critical,
  margin,
})
