import assert from 'node:assert/strict'
import test from 'node:test'
import { icsText } from '../../../core/calendar/ics.ts'
import { yearPlan } from '../../../core/calendar/year.ts'
import { instantText } from '../../../core/gate/wall-clock.ts'

const years = Array.from({ length: 28 }, (_, index) => 2026 + index)

function plan(timeZone: string, year: number) {
  return yearPlan({ name: 'acme', timeZone }, year)
}

test('the plan of 2026: what R8.1 names, and when', () => {
  const lines = plan('Asia/Shanghai', 2026).map(
    ({ startMs, summary }) => `${instantText(startMs, 'Asia/Shanghai').slice(4, 14)} ${summary.slice(6)}`,
  )
  assert.deepEqual(lines, [
    '2026-01-06 Monthly checklist',
    '2026-02-03 Monthly checklist',
    '2026-03-03 Monthly checklist',
    '2026-03-10 Quarterly deep check',
    '2026-04-07 Monthly checklist',
    '2026-05-05 Monthly checklist',
    '2026-05-19 Half-yearly upgrade',
    '2026-06-02 Monthly checklist',
    '2026-06-09 Quarterly deep check',
    '2026-07-07 Monthly checklist',
    '2026-08-04 Monthly checklist',
    '2026-09-01 Monthly checklist',
    '2026-09-08 Quarterly deep check',
    '2026-10-06 Monthly checklist',
    '2026-11-03 Monthly checklist',
    '2026-11-17 Half-yearly upgrade',
    '2026-12-01 Monthly checklist',
    '2026-12-08 Quarterly deep check',
    '2026-12-15 Yearly health assessment',
  ])
})

test('in each of 28 years: nine on a Tuesday in the zone, no two on one day, every name once', () => {
  for (const zone of ['Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Pacific/Apia']) {
    for (const year of years) {
      const entries = plan(zone, year)
      for (const { startMs } of entries)
        assert.match(instantText(startMs, zone), new RegExp(`^Tue ${year}-\\d\\d-\\d\\d 09:00 `))
      assert.equal(new Set(entries.map(({ startMs }) => startMs)).size, 19)
      assert.equal(new Set(entries.map(({ uid }) => uid)).size, 19)
    }
  }
})

test('two estates share no name of an entry, two years neither; one plan is always the same bytes', () => {
  const uids = [
    ...plan('UTC', 2026),
    ...plan('UTC', 2027),
    ...yearPlan({ name: 'other', timeZone: 'UTC' }, 2026),
  ].map(({ uid }) => uid)
  assert.equal(new Set(uids).size, 57)
  assert.equal(icsText('acme', plan('UTC', 2026), 0), icsText('acme', plan('UTC', 2026), 0))
})
