import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dayText, forecast, type Forecast, forecastsOf } from '../../../core/patrol/forecast.ts'
import type { Point } from '../../../core/patrol/history.ts'
import { type Limit, items } from '../../../core/patrol/limits.ts'
import type { PatrolItem } from '../../../schemas/patrol.ts'
import { seeded } from '../../seeded.ts'

const limits = Object.fromEntries(
  Object.entries(items).map(([name, { limit }]) => [name, limit]),
) as Readonly<Record<PatrolItem, Limit>>
const today = 20_783

/** Values of days up to today, the oldest first; `every` days apart. */
function days(values: readonly number[], every = 1): readonly Point[] {
  return values.map((value, at) => [today - (values.length - 1 - at) * every, value])
}

function free(values: readonly number[], every = 1): Forecast {
  return forecast({ item: 'diskFree', of: '/', limit: limits.diskFree, points: days(values, every) })
}

function many(count: number, value: (at: number) => number): readonly number[] {
  return Array.from({ length: count }, (_, at) => value(at))
}

function why(found: Forecast): string {
  return found.state === 'none' ? found.why : `in ${found.inDays} (${found.earlyDays} to ${found.lateDays})`
}

/** Noise spread normally, by the sum of twelve. */
function normal(random: () => number): number {
  return many(12, random).reduce((sum, one) => sum + one, -6)
}

describe('a forecast', () => {
  test('of a straight line is its day, with no band', () => {
    assert.equal(why(free(many(30, (at) => 79 - at))), 'in 30 (30 to 30)')
    assert.equal(
      why(
        free(
          many(7, (at) => 62 - 3 * at),
          4,
        ),
      ),
      'in 32 (32 to 32)',
    )
  })

  test('of what fills up goes the other way', () => {
    const points = days(many(60, (at) => 40_000 + 500 * at))
    const found = forecast({ item: 'tableSize', of: '5432 public.item', limit: limits.tableSize, points })
    assert.equal(why(found), 'in 61 (61 to 61)')
    assert.equal(found.state === 'crosses' ? Math.round(found.perDay) : 0, 500)
  })

  test('beyond the warning is of the critical line, and of none beyond that', () => {
    const found = free(many(20, (at) => 37 - at))
    assert.deepEqual([found.line, found.level, why(found)], [10, 'critical', 'in 8 (8 to 8)'])
    assert.equal(why(free(many(20, (at) => 28 - at))), 'crossed')
    const points = days(many(20, (at) => 90_000 + at * 1_000))
    const noMore = forecast({ item: 'tableSize', of: '', limit: limits.tableSize, points })
    assert.equal(why(noMore), 'crossed')
  })

  test('is not made of few days, nor of many looks within few days', () => {
    assert.equal(
      why(
        free(
          many(6, (at) => 60 - at),
          4,
        ),
      ),
      'few',
    )
    assert.equal(why(free(many(13, (at) => 60 - at))), 'few')
    assert.equal(why(free(many(14, (at) => 60 - at))), 'in 27 (27 to 27)')
    assert.equal(why(free([50])), 'few')
  })

  test('is not made of what stands, goes away from the line, or is too far', () => {
    assert.equal(why(free(many(30, () => 60))), 'flat')
    assert.equal(why(free(many(30, (at) => 60 + (at % 2) / 10))), 'flat')
    assert.equal(why(free(many(30, (at) => 40 + at))), 'away')
    assert.equal(why(free(many(30, (at) => 90 - at / 10))), 'far')
    const none = forecast({
      item: 'databaseConnections',
      of: '',
      limit: most0,
      points: days(many(60, () => 0)),
    })
    assert.equal(why(none), 'flat')
  })

  test('is not made where noise is wider than the trend', () => {
    const random = seeded(7)
    assert.equal(why(free(many(30, (at) => 60 - at / 10 + 4 * normal(random)))), 'noise')
  })

  test('is not moved by a day that stands out', () => {
    const clean = many(30, (at) => 79 - at)
    for (const at of [5, 15, 28, 29]) {
      const spiked = clean.map((value, day) => (day === at ? value - 25 : value))
      const found = free(spiked)
      // Of the newest day nobody can tell yet whether it stays.
      if (at === 29) assert.equal(why(found), 'step')
      else assert.equal(found.state === 'crosses' ? found.inDays : why(found), 30, String(at))
    }
  })

  test('begins anew after a clean-up, a larger disk or a load of data', () => {
    const filling = many(40, (at) => 80 - at)
    const cleaned = [...filling, ...many(5, (at) => 75 - at)]
    assert.equal(why(free(cleaned)), 'step')
    assert.equal(why(free([...filling, 75])), 'step', 'also on the day of it')
    assert.equal(why(free([...filling, ...many(20, (at) => 75 - at)])), 'in 36 (36 to 36)')
    assert.equal(
      why(free([...many(30, () => 80), ...many(30, () => 40)])),
      'flat',
      'data that was loaded once',
    )
    assert.equal(why(free([...many(30, () => 80), 40, 40])), 'step')
  })

  test('of a saw-tooth is that of its peaks, if they move', () => {
    const tooth = (at: number) => 3 * (at % 7)
    assert.equal(why(free(many(70, (at) => 70 - tooth(at)))), 'flat')
    const found = free(many(70, (at) => 79 - tooth(at) - at / 3))
    // Peaks are at 79 - 18 - 23 now.
    assert.ok(found.state === 'crosses' && Math.abs(found.inDays - 54) <= 4, why(found))
    const daily = free(many(15, (at) => 70 - tooth(at)))
    assert.ok(daily.state === 'none', why(daily))
  })

  test('goes over week-ends, on which nothing is written', () => {
    const worked = (at: number) => 5 * Math.floor(at / 7) + Math.min(5, at % 7)
    const found = free(many(30, (at) => 95 - 2 * worked(at)))
    assert.ok(found.state === 'crosses' && Math.abs(found.inDays - 23) <= 3, why(found))
  })

  test('of connections looks at the worst of each week, since offices are closed on Sundays', () => {
    const used = many(84, (at) => (at % 7 > 4 ? 5 : 30 + at / 3))
    const points = days(used)
    const found = forecast({
      item: 'databaseConnections',
      of: '5432',
      limit: limits.databaseConnections,
      points,
    })
    assert.ok(found.state === 'crosses' && Math.abs(found.inDays - 68) <= 5, why(found))
    const short = { item: 'databaseConnections', of: '5432', limit: limits.databaseConnections } as const
    assert.equal(why(forecast({ ...short, points: points.slice(-30) })), 'few')
  })

  test('has the true day in its band in 8 of 10 noisy series, and is not far off in any', () => {
    const seed = Number(process.env['UPKEEP_SEED'] ?? 11)
    const random = seeded(seed)
    const found = many(300, () => 0).map(() => {
      const perDay = 0.3 + random()
      const noise = 0.2 + random()
      const count = 20 + Math.floor(random() * 60)
      const start = 25 + perDay * count + 30 * random()
      const truth = (start - perDay * (count - 1) - 20) / perDay
      return { truth, found: free(many(count, (at) => start - perDay * at + noise * normal(random))) }
    })
    const made = found.flatMap(({ truth, found: one }) => (one.state === 'crosses' ? [{ truth, one }] : []))
    assert.ok(made.length > 200, `seed ${seed}: ${made.length} forecasts`)
    const held = made.filter(
      ({ truth, one }) => one.earlyDays <= truth + 1 && (one.lateDays === null || one.lateDays >= truth - 1),
    )
    assert.ok(held.length >= 0.8 * made.length, `seed ${seed}: ${held.length} of ${made.length}`)
    const off = made.filter(({ truth, one }) => Math.abs(one.inDays - truth) > Math.max(10, truth))
    assert.deepEqual(off, [], `seed ${seed}`)
  })

  test('of a slow fall in much noise never says a day beyond a year, nor beyond four times what is known', () => {
    const random = seeded(7)
    const found = many(3_000, () => 0).map(() => {
      const count = 20 + Math.floor(random() * 70)
      const start = 60 + random() * 35
      const perDay = 0.04 + random() * 0.1
      return { count, one: free(many(count, (at) => start - perDay * at + (random() - 0.5) * 3)) }
    })
    const far = found.filter(
      ({ count, one }) => one.state === 'crosses' && one.inDays > Math.min(365, 4 * (count - 1)),
    )
    assert.deepEqual(far, [])
    assert.ok(found.some(({ one }) => one.state === 'crosses'))
  })

  test('is seldom made of what wanders without an aim, and then the band is wide', () => {
    const seed = Number(process.env['UPKEEP_SEED'] ?? 12)
    const random = seeded(seed)
    const made = many(300, () => 0).filter(() => {
      let value = 60
      const walk = many(60, () => (value = Math.min(95, Math.max(25, value + 0.4 * normal(random)))))
      const found = free(walk)
      return found.state === 'crosses' && found.lateDays !== null && found.lateDays < 60
    })
    assert.ok(made.length <= 30, `seed ${seed}: ${made.length} of 300`)
  })

  test('is made of what a host showed today only, under its own name', () => {
    const points = days(many(30, (at) => 79 - at)).map(([day, value]): [number, number] => [day, value])
    const history = { 'diskFree /a b': points, 'diskFree /old': points.slice(0, -1), 'cpu ': points }
    const found = forecastsOf(history, limits, today)
    assert.deepEqual(
      found.map(({ item, of }) => `${item} ${of}`),
      ['diskFree /a b'],
    )
  })
})

const most0: Limit = { side: 'most', warning: 80, critical: 95, margin: 5 }

test('a day is said as people have it where they are, not as the day has it in UTC', () => {
  const morningInTokyo = Date.parse('2026-11-26T23:00:00Z')
  assert.equal(dayText(morningInTokyo, 0, 'Asia/Tokyo'), '2026-11-27')
  assert.equal(dayText(morningInTokyo, 35, 'Asia/Tokyo'), '2027-01-01')
  assert.equal(dayText(morningInTokyo, 0, 'UTC'), '2026-11-26')
  assert.equal(dayText(Date.parse('2026-11-27T03:00:00Z'), 0, 'America/Los_Angeles'), '2026-11-26')
})
