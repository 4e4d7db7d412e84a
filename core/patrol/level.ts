import type { Limit } from './limits.ts'

/** How things stand, from good to bad. What is unknown may be critical, so it is worse than what is only a warning. */
export const levels = ['ok', 'warning', 'unknown', 'critical'] as const
export type Level = (typeof levels)[number]

/** The worst of some levels; `ok` of none. */
export function worstLevel(found: readonly Level[]): Level {
  return levels.findLast((level) => found.includes(level)) ?? 'ok'
}

/**
 * The level of a value, given that of the last inspection. Into a level leads its limit; out of it only `margin` on the good
 * side, so that a value that swings about the limit is one finding and not many.
 */
export function levelOf(value: number, limit: Limit, last: Level = 'ok'): Level {
  const { side, warning, critical, margin } = limit
  const sign = side === 'most' ? 1 : -1
  const past = (of: number | null, by: number) => of !== null && (value - of) * sign > -by
  const held = (level: Level) => levels.indexOf(last) >= levels.indexOf(level) && last !== 'unknown'
  if (past(critical, held('critical') ? margin : 0)) return 'critical'
  return past(warning, held('warning') ? margin : 0) ? 'warning' : 'ok'
}
