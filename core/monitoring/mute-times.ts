import type { ResolvedWindow } from '../estate/resolved.ts'
import { weekdays } from '../../schemas/weekdays.ts'

const dayMs = 86_400_000
const minuteMs = 60_000

/** A span that Alertmanager can say: some hours of some days of the week. */
type TimeInterval = {
  readonly weekdays: readonly string[]
  readonly times: readonly { readonly start_time: string; readonly end_time: string }[]
  readonly location: string
}

/**
 * A window by the wall clock, cut at midnight, whole minutes of it only. In a night in which clocks change it is an hour longer or
 * shorter than the window, which counts elapsed time.
 */
export function muteTimes({ days, startMs, durationMs, timeZone }: ResolvedWindow): readonly TimeInterval[] {
  const endMs = startMs + durationMs
  const pieces: TimeInterval[] = []
  for (let later = 0; later * dayMs < endMs; later += 1) {
    const from = Math.max(startMs - later * dayMs, 0)
    const to = Math.min(endMs - later * dayMs, dayMs)
    if (Math.floor(to / minuteMs) <= Math.floor(from / minuteMs)) continue
    pieces.push({
      weekdays: days.map((day) => weekdays[(weekdays.indexOf(day) + later) % 7] ?? day),
      times: [{ start_time: clock(from), end_time: clock(to) }],
      location: timeZone,
    })
  }
  return pieces
}

/** `22:30`; the end of a day is 24:00. */
function clock(ms: number): string {
  const minutes = Math.floor(ms / minuteMs)
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')
}
