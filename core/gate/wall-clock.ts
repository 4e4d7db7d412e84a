const dayMs = 86_400_000
const formats = new Map<string, Intl.DateTimeFormat>()
const weekdayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Whether a name is a zone of the IANA database (`Asia/Shanghai`, `UTC`); offsets (`+08:00`) and abbreviations are not. */
export function isTimeZone(name: string): boolean {
  // ICU takes CST for America/Chicago; who writes it in China means another one.
  if (name !== 'UTC' && !/^[A-Za-z]+\//.test(name)) return false
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/** What clocks on the wall show at an instant, as the milliseconds at which clocks in UTC show the same. */
export function wallClock(nowMs: number, timeZone: string): number {
  const parts: Record<string, number> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(nowMs)) parts[type] = Number(value)
  const { year = NaN, month = NaN, day = NaN, hour = NaN, minute = NaN, second = NaN } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((nowMs % 1000) + 1000) % 1000)
}

/**
 * The first instant at which clocks on the wall show `wall` or later. In the autumn night that shows an hour twice, the
 * first one, or the last one if asked; in the spring night that leaves one out, the instant at which clocks jump over it.
 */
export function instantOf(wall: number, timeZone: string, which: 'first' | 'last' = 'first'): number {
  const offsets = [wall - dayMs, wall + dayMs].map((near) => wallClock(near, timeZone) - near)
  const candidates = offsets.map((offset) => wall - offset).sort((a, b) => a - b)
  const exact = candidates.filter((candidate) => wallClock(candidate, timeZone) === wall)
  const found = which === 'first' ? exact[0] : exact.at(-1)
  if (found !== undefined) return found
  let [before = NaN, after = NaN] = candidates
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (wallClock(middle, timeZone) < wall) before = middle
    else after = middle
  }
  return after
}

/** Midnight of the day that clocks on the wall show, as `wallClock` gives it. */
export function wallDay(wall: number): number {
  return Math.floor(wall / dayMs) * dayMs
}

/** The reading of `2026-10-01` or `2026-10-01T08:30[:00]`, as `wallClock` gives it; undefined when there is no such day or time. */
export function wallOf(text: string): number | undefined {
  const full = text.includes('T') ? (text.length === 16 ? `${text}:00` : text) : `${text}T00:00:00`
  const ms = Date.parse(`${full}Z`)
  // Date.parse takes 31 June for 1 July, and 24:00 for the next day.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== full ? undefined : ms
}

/** An instant for people: `Sat 2026-11-21 22:00 (Asia/Shanghai)`, with seconds only when there are any. */
export function instantText(ms: number, timeZone: string): string {
  const wall = new Date(wallClock(ms, timeZone))
  const text = wall.toISOString().slice(0, 19).replace('T', ' ')
  return `${weekdayNames[wall.getUTCDay()]} ${text.replace(/:00$/, '')} (${timeZone})`
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(timeZone, format)
  return format
}
