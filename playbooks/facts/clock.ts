import { sanitise } from '../../connect/text.ts'
import type { Problem } from '../../schemas/problem.ts'

/** Prints a host's clock in milliseconds since 1970. */
export const clockScript = 'date +%s%3N'

/**
 * A clock that is wrong by more than this (ms) is refused: a backup's age, windows and the order of events of several hosts
 * are judged by clocks. Signatures and TLS bear minutes; a host with a time service is right to a second.
 */
export const mostSkewMs = 60_000

/**
 * How far (ms) a host's clock is ahead of the controller's, or behind where negative. The host read it somewhere between
 * question (`before`) and answer (`after`), so only what lies outside is certain.
 */
export function skewOf(
  hostMs: number,
  { before, after }: { readonly before: number; readonly after: number },
): number {
  return hostMs < before ? hostMs - before : Math.max(0, hostMs - after)
}

/** A skew (ms) in words, such as `ahead by 61.2 s`. */
export function skewSaid(skewMs: number): string {
  if (skewMs === 0) return 'agrees with the controller'
  return `${skewMs > 0 ? 'ahead' : 'behind'} by ${Math.abs(skewMs) / 1000} s`
}

/** Why nothing is begun on a host by what its clock said (`clockScript`) between question and answer; undefined where it is right. */
export function wrongClock(
  host: string,
  said: string,
  times: { readonly before: number; readonly after: number },
): Problem | undefined {
  const text = said.trim()
  const skewMs = skewOf(/^\d{1,14}$/.test(text) ? Number(text) : Number.NaN, times)
  if (Math.abs(skewMs) <= mostSkewMs) return undefined
  return {
    code: 'gate/clock',
    what: 'The clocks of host and controller do not agree; nothing was done.',
    where: host,
    found: Number.isNaN(skewMs) ? sanitise(text, 40) : skewSaid(skewMs),
    expected: `at most ${mostSkewMs / 1000} s apart`,
    fix: clockFix,
  }
}

/** The advice on a wrong clock. */
export const clockFix = 'Run a time service (systemd-timesyncd, chrony) on the host.'
