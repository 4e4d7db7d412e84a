import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { ResolvedFreeze, ResolvedWindow } from '../../../core/estate/resolved.ts'
import { nextOpening, windowVerdict } from '../../../core/gate/window.ts'
import { weekdays } from '../../../schemas/weekdays.ts'

// Everything here lies on quarters of an hour, as all changes of clocks do: a scan by quarters misses nothing.
const quarterMs = 15 * 60_000
const scanDays = 24

/** Zones with the day (UTC) of a change of clocks in 2026. */
const nights = [
  ['Asia/Shanghai', '2026-11-21'],
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-04'],
  ['Australia/Lord_Howe', '2026-10-03'],
  ['America/Nuuk', '2026-03-29'],
] as const

type Quarter = { readonly ms: number; readonly day: string; readonly weekday: string; readonly time: string }

/** What clocks show in each quarter of the days around a night, asked of the platform without any of our own arithmetic. */
function scanOf(zone: string, night: string): readonly Quarter[] {
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' })
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, timeStyle: 'short' })
  const weekday = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'long' })
  const from = Date.parse(night) - (scanDays / 2) * 86_400_000
  return Array.from({ length: scanDays * 96 }, (_, index) => {
    const ms = from + index * quarterMs
    return { ms, day: date.format(ms), weekday: weekday.format(ms).toLowerCase(), time: time.format(ms) }
  })
}

const scans = nights.map(([zone, night]) => ({ zone, night, quarters: scanOf(zone, night) }))

/** The quarters in which the window is open, found by looking for its start on every day. */
function openQuarters(quarters: readonly Quarter[], window: ResolvedWindow): ReadonlySet<number> {
  const start = new Date(window.startMs).toISOString().slice(11, 16)
  const first = quarters[0]
  const open = new Set<number>()
  const days = new Map(quarters.map(({ day, weekday }) => [day, weekday]))
  for (const [day, weekday] of days) {
    if (!window.days.some((one) => one === weekday) || day === first?.day) continue
    const opens = quarters.find((one) => `${one.day} ${one.time}` >= `${day} ${start}`)
    if (opens === undefined) continue
    for (let ms = opens.ms; ms < opens.ms + window.durationMs; ms += quarterMs) open.add(ms)
  }
  return open
}

/** Whether a host may start in a quarter: it stays in open quarters, out of freezes, until it is finished. */
function mayStart(
  ms: number,
  open: ReadonlySet<number>,
  window: ResolvedWindow,
  freezes: readonly ResolvedFreeze[],
  needMs: number,
): boolean {
  const frozen = (at: number) => freezes.some(({ fromMs, toMs }) => fromMs <= at && at < toMs)
  if (!open.has(ms) || frozen(ms)) return false
  for (let at = ms; at < ms + needMs; at += quarterMs) if (!open.has(at) || frozen(at)) return false
  for (let at = ms; at < ms + window.cutoffMs; at += quarterMs) if (!open.has(at)) return false
  return true
}

const quarters = (min: number, max: number) => fc.integer({ min, max }).map((count) => count * quarterMs)

const asked = fc.record({
  scan: fc.constantFrom(...scans),
  days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
  startMs: quarters(0, 95),
  durationMs: quarters(1, 110),
  cutoffMs: quarters(0, 12),
  needMs: quarters(0, 12),
  freezes: fc.array(fc.record({ at: fc.integer({ min: 0, max: scanDays * 96 }), length: quarters(1, 200) }), {
    maxLength: 3,
  }),
})

// Fault 13, people: windows and freezes at any time of the year.
// Outcome: the verdict is that of a scan by quarters of an hour.
test('the verdict and the next opening are those of a scan by quarters', () => {
  fc.assert(
    fc.property(asked, fc.nat(16), ({ scan, freezes: spans, needMs, ...rest }, first) => {
      const window: ResolvedWindow = { name: 'w', timeZone: scan.zone, ...rest }
      const begin = scan.quarters[0]?.ms ?? NaN
      const freezes = spans.map(({ at, length }, index) => {
        const fromMs = begin + at * quarterMs
        return { name: String(index), fromMs, toMs: fromMs + length }
      })
      const open = openQuarters(scan.quarters, window)
      // The first and last days of the scan see windows only in part.
      const judged = scan.quarters.filter((_, index) => index > 5 * 96 && index < (scanDays - 5) * 96)
      const allowed = judged
        .filter(({ ms }) => mayStart(ms, open, window, freezes, needMs))
        .map(({ ms }) => ms)
      const starts = new Set(allowed)
      for (const [index, { ms }] of judged.entries()) {
        if (index % 17 !== first) continue
        const verdict = windowVerdict({ window, freezes, system: 's', nowMs: ms, needMs })
        assert.equal(
          verdict.open,
          starts.has(ms),
          `${scan.zone} ${new Date(ms).toISOString()} ${JSON.stringify(verdict)}`,
        )
        if (verdict.open || verdict.nextOpenMs === null) continue
        const next = allowed.find((one) => one > ms)
        if (next !== undefined) assert.equal(verdict.nextOpenMs, next, new Date(ms).toISOString())
      }
    }),
    { numRuns: 100 },
  )
})

test('the next opening is open, and the instant before it is not', () => {
  fc.assert(
    fc.property(
      asked,
      fc.integer({ min: 0, max: 86_400_000 * 20 }),
      ({ scan, freezes: _, needMs, ...rest }, after) => {
        const window: ResolvedWindow = { name: 'w', timeZone: scan.zone, ...rest }
        const question = { window, freezes: [], system: 's', needMs }
        const from = (scan.quarters[0]?.ms ?? NaN) + after
        const next = nextOpening(question, from)
        if (next === null) return
        assert.ok(windowVerdict({ ...question, nowMs: next }).open)
        if (next > from) assert.ok(!windowVerdict({ ...question, nowMs: next - 1 }).open)
      },
    ),
    { numRuns: 300 },
  )
})

test('the last start is allowed, one millisecond later none is', () => {
  fc.assert(
    fc.property(asked, ({ scan, freezes: _, needMs, ...rest }) => {
      // A window with gaps: one that never closes has no last start.
      const window: ResolvedWindow = {
        name: 'w',
        timeZone: scan.zone,
        ...rest,
        durationMs: Math.min(rest.durationMs, 22 * 4 * quarterMs),
      }
      const question = { window, freezes: [], system: 's', needMs }
      const next = nextOpening(question, Date.parse(scan.night))
      if (next === null) return
      const verdict = windowVerdict({ ...question, nowMs: next })
      assert.ok(verdict.open)
      assert.ok(windowVerdict({ ...question, nowMs: verdict.latestStartMs }).open)
      assert.ok(!windowVerdict({ ...question, nowMs: verdict.latestStartMs + 1 }).open)
    }),
    { numRuns: 300 },
  )
})
