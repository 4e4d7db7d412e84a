/** The part of a policy that says how many hosts may be on their way. */
type InFlightPolicy = { readonly atOnce: number; readonly failureBudget: number }

/**
 * How many hosts may be in flight at once, at most: as many as are wished, and never more than may fail, for in the worst
 * case all that are in flight fail.
 */
export function mostInFlight({ atOnce, failureBudget }: InFlightPolicy): number {
  return Math.min(atOnce, failureBudget)
}
