import { weekdays } from '../../schemas/weekdays.ts'
import type { ResolvedFreeze, ResolvedWindow } from '../estate/resolved.ts'
import { instantOf, wallClock, wallDay } from './wall-clock.ts'

const dayMs = 86_400_000

/** A span of time, `toMs` not included. */
export type Span = { readonly fromMs: number; readonly toMs: number }

/**
 * A span without a freeze inside a window. A host may start from `fromMs` to `latestStartMs`, both included; there is no
 * such instant when `latestStartMs` is smaller.
 */
export type Opening = Span & { readonly latestStartMs: number; readonly endedBy: 'window' | ResolvedFreeze }

/** What is asked of a window; `needMs` is the time in which a host is finished and, if it must be, rolled back. */
export type Asked = {
  readonly window: ResolvedWindow
  readonly freezes: readonly ResolvedFreeze[]
  readonly system: string
  readonly needMs: number
}

/**
 * The openings that touch `[fromMs, toMs]`, in order. A host starts only if it can be finished and rolled back before the
 * window ends and before a freeze begins; the window's cutoff counts for its end only. What runs is never cut short.
 */
export function openings(asked: Asked, fromMs: number, toMs: number): readonly Opening[] {
  const freezes = freezesOf(asked)
  return windowSpans(asked.window, fromMs, toMs)
    .flatMap((span) => withoutFreezes(span, asked, freezes))
    .filter((opening) => opening.toMs > fromMs && opening.fromMs <= toMs)
}

/** The freezes that hold for the system, in order of time. */
export function freezesOf({ freezes, system }: Pick<Asked, 'freezes' | 'system'>): readonly ResolvedFreeze[] {
  return freezes
    .filter(({ systems }) => systems === undefined || systems.includes(system))
    .toSorted((a, b) => a.fromMs - b.fromMs)
}

/** The spans of a window that touch `[fromMs, toMs]`; spans that overlap or follow one another at once are one. */
function windowSpans(window: ResolvedWindow, fromMs: number, toMs: number): readonly Span[] {
  const { timeZone, durationMs, startMs } = window
  const spans: { fromMs: number; toMs: number }[] = []
  // Two more days on either side: no zone is further from UTC, and no clock change longer.
  const firstDay = wallDay(wallClock(fromMs - durationMs - 2 * dayMs, timeZone))
  const lastDay = wallDay(wallClock(toMs + durationMs + 2 * dayMs, timeZone))
  for (let day = firstDay; day <= lastDay; day += dayMs) {
    const weekday = weekdays[(new Date(day).getUTCDay() + 6) % 7]
    if (weekday === undefined || !window.days.includes(weekday)) continue
    const start = instantOf(day + startMs, timeZone)
    const last = spans.at(-1)
    if (last !== undefined && start <= last.toMs) last.toMs = Math.max(last.toMs, start + durationMs)
    else spans.push({ fromMs: start, toMs: start + durationMs })
  }
  return spans
}

function withoutFreezes(span: Span, asked: Asked, freezes: readonly ResolvedFreeze[]): readonly Opening[] {
  const { needMs, window } = asked
  const lastOfWindow = span.toMs - Math.max(window.cutoffMs, needMs)
  const found: Opening[] = []
  let fromMs = span.fromMs
  for (const freeze of freezes) {
    if (freeze.toMs <= fromMs || freeze.fromMs >= span.toMs) continue
    if (freeze.fromMs > fromMs) {
      const latest = Math.min(lastOfWindow, freeze.fromMs - needMs, freeze.fromMs - 1)
      found.push({ fromMs, toMs: freeze.fromMs, latestStartMs: latest, endedBy: freeze })
    }
    fromMs = freeze.toMs
  }
  if (fromMs >= span.toMs) return found
  return [
    ...found,
    { fromMs, toMs: span.toMs, latestStartMs: Math.min(lastOfWindow, span.toMs - 1), endedBy: 'window' },
  ]
}
