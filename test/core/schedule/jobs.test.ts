import assert from 'node:assert/strict'
import test from 'node:test'
import { jobsOf } from '../../../core/schedule/jobs.ts'
import type { Estate } from '../../../schemas/estate.ts'
import { weekdays } from '../../../schemas/weekdays.ts'
import { sampleEstate } from './estate.ts'

const hourMs = 3_600_000

function whens(change?: (estate: Estate) => void) {
  return Object.fromEntries(jobsOf(sampleEstate(change)).map(({ name, when }) => [name, when]))
}

test('the tiers of the handbooks: core twice a day, others twice a week, clean-up only where there are rules', () => {
  const timeZone = 'Asia/Shanghai'
  assert.deepEqual(whens(), {
    'upkeep_example-company_patrol_erp': {
      kind: 'calendar',
      days: [...weekdays],
      timesMs: [8 * hourMs, 18 * hourMs],
      timeZone,
    },
    'upkeep_example-company_patrol_oa': {
      kind: 'calendar',
      days: ['monday', 'thursday'],
      timesMs: [8 * hourMs + 150_000],
      timeZone,
    },
    'upkeep_example-company_cleanup_erp': {
      kind: 'calendar',
      days: ['sunday'],
      timesMs: [4.5 * hourMs],
      timeZone,
    },
    'upkeep_example-company_resume': { kind: 'interval', everyMs: 300_000 },
  })
})

test('the estate says otherwise: times, days, zone, spread, and what no timer starts', () => {
  const found = whens((estate) => {
    estate.schedule = {
      spread: '1h',
      patrol: { core: { times: ['07:30:15'], timeZone: 'Europe/Berlin' } },
      cleanup: { core: { off: true } },
      resume: { off: true },
    }
  })
  assert.deepEqual(Object.keys(found), [
    'upkeep_example-company_patrol_erp',
    'upkeep_example-company_patrol_oa',
  ])
  assert.deepEqual(found['upkeep_example-company_patrol_erp'], {
    kind: 'calendar',
    days: [...weekdays],
    timesMs: [7.5 * hourMs + 15_000],
    timeZone: 'Europe/Berlin',
  })
  const office = found['upkeep_example-company_patrol_oa']
  assert.deepEqual(office?.kind === 'calendar' && office.timesMs, [8.5 * hourMs])
})

test('many systems start at even distances, none at the same second, all within the spread', () => {
  const starts = jobsOf(
    sampleEstate((estate) => {
      const { oa } = estate.systems
      assert.ok(oa)
      for (let n = 0; n < 40; n += 1) {
        const address = (last: number) => ({ address: `10.30.${n}.${last}` })
        estate.systems[`oa-${n}`] = {
          ...oa,
          probes: {},
          hosts: {
            [`oa-${n}-t`]: { ring: 'test', roles: ['web'], connection: address(1) },
            [`oa-${n}-p`]: { ring: 'production', roles: ['web'], connection: address(2) },
          },
        }
      }
    }),
  ).flatMap(({ work, when }) =>
    work === 'patrol' && when.kind === 'calendar' ? [when.timesMs[0] ?? NaN] : [],
  )
  assert.equal(new Set(starts).size, 42)
  const last = Math.max(...starts) - 8 * hourMs
  assert.ok(last > 4 * 60_000 && last < 5 * 60_000, String(last))
})
