const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const shownUnits = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

/** Milliseconds of `90s`, `1h30m`, `14d`, ... (units ms, s, m, h, d = 24 h, w); throws on other text: schemas refuse it first. */
export function durationMs(text: string): number {
  if (!/^(\d+(ms|s|m|h|d|w))+$/.test(text)) throw new Error(`not a duration: ${JSON.stringify(text)}`)
  return [...text.matchAll(/(?<count>\d+)(?<unit>[a-z]+)/g)].reduce((sum, { groups }) => {
    return sum + Number(groups?.['count']) * (unitMs[groups?.['unit'] ?? ''] ?? NaN)
  }, 0)
}

/** Milliseconds for people, in the two largest units, rounded down: `14 d`, `1 h 30 min`, `42 s`, `450 ms`. */
export function durationText(ms: number): string {
  if (ms < 0) return `-${durationText(-ms)}`
  const first = shownUnits.findIndex(([, size]) => ms >= size)
  if (first < 0) return '0 s'
  let left = Math.floor(ms)
  const parts: string[] = []
  for (const [unit, size] of shownUnits.slice(first, first + 2)) {
    // Milliseconds beside seconds are noise.
    if (unit === 'ms' && parts.length > 0) break
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.join(' ')
}
