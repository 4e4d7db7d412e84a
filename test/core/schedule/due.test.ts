import assert from 'node:assert/strict'
import test from 'node:test'
import { dueBetween, nextDue, type Schedule } from '../../../core/schedule/due.ts'
import { weekdays } from '../../../schemas/weekdays.ts'

const hourMs = 3_600_000

function daily(timeZone: string, ...hours: readonly number[]): Schedule {
  return { days: weekdays, timesMs: hours.map((hour) => hour * hourMs), timeZone }
}

function text(ms: number): string {
  return new Date(ms).toISOString().replace(':00.000Z', 'Z')
}

const core = daily('Asia/Shanghai', 8, 18)
const others: Schedule = { days: ['monday', 'thursday'], timesMs: [8 * hourMs], timeZone: 'Asia/Shanghai' }
const night = daily('Europe/Berlin', 2.5)

// schedule, now, last due, next due
const cases = [
  ['on the dot is due', core, '2026-11-26T00:00Z', '2026-11-26T00:00Z', '2026-11-26T10:00Z'],
  ['a moment before is not', core, '2026-11-25T23:59Z', '2026-11-25T10:00Z', '2026-11-26T00:00Z'],
  ['Mondays and Thursdays', others, '2026-11-28T12:00Z', '2026-11-26T00:00Z', '2026-11-30T00:00Z'],
  ['a time left out, before', night, '2026-03-29T00:59Z', '2026-03-28T01:30Z', '2026-03-29T01:00Z'],
  ['a time left out, after', night, '2026-03-29T01:00Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z'],
  ['a time shown twice, between', night, '2026-10-25T01:00Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
  ['a time shown twice, the second', night, '2026-10-25T01:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
  [
    'half an hour left out',
    daily('Australia/Lord_Howe', 2.25),
    '2026-10-03T15:30Z',
    '2026-10-03T15:30Z',
    '2026-10-04T15:15Z',
  ],
  [
    'left out before midnight',
    daily('America/Nuuk', 23.5),
    '2026-03-29T02:00Z',
    '2026-03-29T01:00Z',
    '2026-03-30T00:30Z',
  ],
  [
    'a whole Friday left out',
    { days: ['friday'], timesMs: [0], timeZone: 'Pacific/Apia' } satisfies Schedule,
    '2012-01-04T00:00Z',
    '2011-12-30T10:00Z',
    '2012-01-05T10:00Z',
  ],
] as const

for (const [name, schedule, now, last, next] of cases) {
  // Fault 13, people: daylight saving begins or ends while an inspection is due. Outcome: due once, in the named zone.
  test(`due, ${name}: ${now} in ${schedule.timeZone}`, () => {
    const nowMs = Date.parse(now)
    const before = dueBetween(schedule, nowMs - 16 * 86_400_000, nowMs).at(-1) ?? NaN
    assert.deepEqual([text(before), text(nextDue(schedule, nowMs))], [last, next])
  })
}

test('two times that one spring night leaves out are due once', () => {
  const due = dueBetween(
    daily('Europe/Berlin', 2, 2.5),
    Date.parse('2026-03-28T23:00Z'),
    Date.parse('2026-03-29T22:00Z'),
  )
  assert.deepEqual(due.map(text), ['2026-03-29T01:00Z'])
})

test('a schedule without a day or a time is a bug, and is said', () => {
  assert.throws(() => nextDue({ ...core, days: [] }, 0), /Nothing is due on 0 days/)
  assert.throws(() => nextDue({ ...core, timesMs: [] }, 0), /at 0 times/)
})
