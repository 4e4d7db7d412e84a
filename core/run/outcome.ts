/** How a step or a host ended; `unknown` is honest: nobody can say until a fact settles it. */
export type Outcome = 'done' | 'unchanged' | 'failed' | 'undone' | 'stuck' | 'unknown'

/** A way back: nothing to undo but traffic, the snapshot, or the old packages with the rows kept. */
export type Way = 'untouched' | 'snapshot' | 'packages'

/** Whether a step or a host ended as planned. */
export function isGood(outcome: Outcome): boolean {
  return outcome === 'done' || outcome === 'unchanged'
}
