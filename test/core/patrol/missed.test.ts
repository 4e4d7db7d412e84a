import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Finding } from '../../../core/patrol/findings.ts'
import { missedFinding } from '../../../core/patrol/missed.ts'
import type { Schedule } from '../../../core/schedule/due.ts'
import { weekdays } from '../../../schemas/weekdays.ts'

const zone = 'Asia/Shanghai'
const hour = 3_600_000
const core: Schedule = { days: weekdays, timesMs: [8 * hour, 18 * hour], timeZone: zone }
const office: Schedule = { days: ['monday', 'thursday'], timesMs: [8 * hour], timeZone: zone }
/** Shanghai is eight hours ahead of UTC; 26 November 2026 is a Thursday. */
const at = (day: number, hour: number, minute = 0) => Date.UTC(2026, 10, day, hour - 8, minute)

function missed(
  schedule: Schedule | null,
  lastMs: number | null,
  nowMs: number,
  last: readonly Finding[] = [],
): readonly string[] {
  return missedFinding({ system: 'erp', schedule, lastMs, nowMs, last }).map(
    (one) => `${one.state} ${one.value} ${one.said} since ${one.since.slice(0, 16)}`,
  )
}

describe('a missed inspection', () => {
  test('is none where each was made, on the dot or within the hour', () => {
    assert.deepEqual(missed(core, at(26, 8), at(26, 18)), [])
    assert.deepEqual(missed(core, at(26, 8, 5), at(26, 18, 59)), [])
    assert.deepEqual(missed(office, at(23, 8), at(26, 8)), [])
    assert.deepEqual(missed(core, at(26, 8), at(26, 12)), [], 'one by hand in between')
    assert.deepEqual(missed(core, at(26, 12), at(26, 18, 1)), [])
  })

  test('is told by the next one, with how many there were and since when', () => {
    assert.deepEqual(missed(core, at(25, 18), at(26, 18)), [
      'new 1 due on 2026-11-26T00:00Z and not made since 2026-11-26T00:00',
    ])
    assert.deepEqual(missed(office, at(16, 8), at(26, 8)), [
      'new 2 the first one due on 2026-11-19T00:00Z and not made since 2026-11-19T00:00',
    ])
    assert.deepEqual(missed(core, at(25, 18), at(26, 9, 1)).length, 1, 'more than an hour late')
  })

  test('is none before the first, nor where no timer starts them, nor on days that are none', () => {
    assert.deepEqual(missed(core, null, at(26, 18)), [])
    assert.deepEqual(missed(null, at(1, 8), at(26, 18)), [])
    assert.deepEqual(missed(office, at(26, 8), at(29, 23)), [], 'from Thursday to Sunday')
    assert.deepEqual(missed(core, at(27, 8), at(26, 8)), [], 'a clock that was ahead')
  })

  test('stays open while more are missed, and closes with the next that misses none', () => {
    const [first] = missedFinding({
      system: 'erp',
      schedule: core,
      lastMs: at(24, 18),
      nowMs: at(25, 18),
      last: [],
    })
    assert.ok(first !== undefined)
    assert.equal(first.host, 'erp/schedule')
    const again = missed(core, at(25, 18), at(26, 18), [first])
    assert.deepEqual(again, ['open 1 due on 2026-11-26T00:00Z and not made since 2026-11-25T00:00'])
    assert.match(missed(core, at(25, 18), at(26, 8), [first]).join(), /^closed 1 /)
    assert.deepEqual(missed(core, at(26, 8), at(26, 18), [{ ...first, state: 'closed' }]), [])
  })

  test('counts no further back than a quarter, and in bounded time', () => {
    const [found = ''] = missed(core, 0, at(26, 18))
    assert.equal(Number(found.split(' ')[1]), 184)
  })

  test('is found in the night in which clocks change, once', () => {
    const berlin = { days: office.days, timesMs: [2.5 * 3_600_000], timeZone: 'Europe/Berlin' }
    const sunday = { ...berlin, days: ['sunday'] as const }
    // 29 March 2026: 02:30 is not on the wall; it is due when clocks jump, at 01:00 UTC.
    const last = Date.UTC(2026, 2, 28)
    assert.equal(missed(sunday, last, Date.UTC(2026, 2, 29, 3)).length, 1)
    assert.equal(missed(sunday, last, Date.UTC(2026, 2, 29, 1, 30)).length, 0)
  })
})
