/** Figures of several runs of the same thing: the middle one, and the least and most beside it. */
export type Spread = { readonly median: number; readonly least: number; readonly most: number }

/** Median, least and most of some figures; of none there is no median, so that throws. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const lower = sorted[Math.ceil(middle) - 1]
  const upper = sorted[Math.floor(middle)]
  const least = sorted[0]
  const most = sorted.at(-1)
  if (lower === undefined || upper === undefined || least === undefined || most === undefined)
    throw new Error('no figures, so no median')
  return { median: (lower + upper) / 2, least, most }
}

/** How often `of` goes into `one`, by their medians; undefined when that can not be said. */
export function ratioOf(one: Spread, of: Spread): number | undefined {
  return of.median > 0 ? one.median / of.median : undefined
}

/** A figure with about three digits that say something: 0.114, 1.53, 18.6, 412. */
export function digits(figure: number): string {
  const places = figure >= 100 ? 0 : figure >= 10 ? 1 : figure >= 1 ? 2 : 3
  return figure.toFixed(places)
}

/** Median with least and most: "4.31 (4.18-4.55)"; only the median when there was one run. */
export function spreadText({ median, least, most }: Spread): string {
  return least === most ? digits(median) : `${digits(median)} (${digits(least)}-${digits(most)})`
}
