/**
 * Seconds, as an argument of a script, that a step with this limit waits for whoever holds dpkg's lock: half of the limit,
 * so that it can still say who it was, or do its work, before it is ended itself.
 */
export function patienceSeconds(limitMs: number): string {
  return String(Math.max(1, Math.floor(limitMs / 2000)))
}
