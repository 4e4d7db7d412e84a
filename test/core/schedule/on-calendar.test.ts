import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'
import { dueBetween, type Schedule } from '../../../core/schedule/due.ts'
import { onCalendar } from '../../../core/schedule/on-calendar.ts'
import { weekdays } from '../../../schemas/weekdays.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000

/** The instants at which systemd itself would start, both ends included. */
function bySystemd(lines: readonly string[], fromMs: number, toMs: number): readonly number[] {
  const base = `@${fromMs / 1000 - 1}`
  const count = String(Math.ceil((toMs - fromMs) / dayMs) + 2)
  const due = new Set<number>()
  for (const line of lines) {
    const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' }
    const args = ['calendar', `--base-time=${base}`, `--iterations=${count}`, line]
    const said = execFileSync('systemd-analyze', args, { env, encoding: 'utf8' })
    for (const [, date, time] of said.matchAll(/(?:elapse|#\d+): \w{3} (\S+) (\S+) UTC/g)) {
      const ms = Date.parse(`${date}T${time}Z`)
      if (ms <= toMs) due.add(ms)
    }
  }
  return [...due].toSorted((a, b) => a - b)
}

const weeks = [
  ['Asia/Shanghai', '2026-11-20T00:00Z', [8, 18]],
  ['Europe/Berlin', '2026-03-26T00:00Z', [2, 2.5, 8]],
  ['Europe/Berlin', '2026-10-22T00:00Z', [2.5, 3, 8]],
  ['America/New_York', '2026-03-05T00:00Z', [2.25, 18]],
  ['America/New_York', '2026-10-29T00:00Z', [1.5, 2]],
  ['Australia/Lord_Howe', '2026-10-01T00:00Z', [2.25]],
  ['Australia/Lord_Howe', '2026-04-02T00:00Z', [1.75]],
  ['America/Nuuk', '2026-03-26T00:00Z', [23.5]],
] as const

for (const [timeZone, from, hours] of weeks) {
  for (const days of [weekdays, ['monday', 'thursday', 'saturday', 'sunday'] as const]) {
    // Fault 13, people: daylight saving begins or ends while a timer is due. Outcome: it starts once, when we say it is due.
    test(`systemd starts when due: ${timeZone}, the week of ${from}, ${days.length} days`, () => {
      const schedule: Schedule = { days, timesMs: hours.map((hour) => hour * hourMs), timeZone }
      const [fromMs, toMs] = [Date.parse(from), Date.parse(from) + 7 * dayMs]
      const due = dueBetween(schedule, fromMs, toMs)
      assert.deepEqual(bySystemd(onCalendar(schedule, fromMs, toMs), fromMs, toMs), due)
      assert.ok(due.length > 3, 'the week has something to show')
    })
  }
}

test('a spring night has a line of its own, and without it systemd would miss it', () => {
  const schedule: Schedule = { days: weekdays, timesMs: [2.5 * hourMs], timeZone: 'Europe/Berlin' }
  const [fromMs, toMs] = [Date.parse('2026-03-26T00:00Z'), Date.parse('2026-04-02T00:00Z')]
  const lines = onCalendar(schedule, fromMs, toMs)
  assert.deepEqual(lines, ['*-*-* 02:30:00 Europe/Berlin', '2026-03-29 01:00:00 UTC'])
  assert.equal(
    bySystemd(lines.slice(0, 1), fromMs, toMs).length,
    dueBetween(schedule, fromMs, toMs).length - 1,
  )
})
