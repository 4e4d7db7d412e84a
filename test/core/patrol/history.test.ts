import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { seenFigure, unknownFigure } from '../../../core/patrol/figure.ts'
import { dayOf, type History, keptDays, mostSeries, recent, remember } from '../../../core/patrol/history.ts'
import { type Limit, items } from '../../../core/patrol/limits.ts'
import type { PatrolItem } from '../../../schemas/patrol.ts'
import { PatrolMemory } from '../../../schemas/patrol-memory.ts'
import { conforms } from '../../../schemas/load.ts'

const limits = Object.fromEntries(
  Object.entries(items).map(([name, { limit }]) => [name, limit]),
) as Readonly<Record<PatrolItem, Limit>>
const dayMs = 86_400_000
const start = 20_000 * dayMs

function free(value: number, of = '/') {
  return seenFigure('diskFree', value, { of })
}

describe('the history of a host', () => {
  test('has the worst of a day: least of what must stay free, most of what must not grow', () => {
    const used = (value: number) => seenFigure('databaseConnections', value, { of: '5432' })
    const one = remember(undefined, [free(40), used(20)], limits, start)
    const two = remember(one, [free(42), used(50)], limits, start + 10 * 3_600_000)
    assert.deepEqual(two, { 'diskFree /': [[20_000, 40]], 'databaseConnections 5432': [[20_000, 50]] })
    assert.deepEqual(remember(two, [free(35)], limits, start + dayMs)['diskFree /'], [
      [20_000, 40],
      [20_001, 35],
    ])
  })

  test('has only what fills up and was seen', () => {
    const figures = [seenFigure('cpu', 5), unknownFigure('diskFree', 'no', '/x'), free(NaN, '/y')]
    assert.deepEqual(remember(undefined, figures, limits, start), {})
  })

  test('keeps 90 days and 24 figures at most, disks before tables, and agrees with its schema', () => {
    let history: History = {}
    const many = Array.from({ length: 40 }, (_, at) =>
      seenFigure('tableSize', at * 1_000.123456789, { of: `5432 public.${at}` }),
    )
    for (let day = 0; day < 200; day += 1)
      history = remember(history, [...many, free(99 - day / 10)], limits, start + day * dayMs)
    assert.equal(Object.keys(history).length, mostSeries)
    const disk = history['diskFree /'] ?? []
    assert.equal(disk.length, keptDays)
    assert.equal(disk.at(-1)?.[0], dayOf(start) + 199)
    assert.ok('tableSize 5432 public.39' in history, 'the nearest to the line')
    assert.ok(conforms(PatrolMemory, { bootId: null, oomKills: null, history }))
    assert.ok(JSON.stringify(history).length < 48_000, String(JSON.stringify(history).length))
  })

  test('forgets what is not shown for a month, and days of a clock that was ahead', () => {
    const ahead = remember(undefined, [free(40)], limits, start + 900 * dayMs)
    const first = remember(ahead, [free(41)], limits, start)
    assert.deepEqual(remember(first, [free(42)], limits, start + dayMs), {
      'diskFree /': [
        [20_000, 41],
        [20_001, 42],
      ],
    })
    const gone = remember(undefined, [free(40, '/old')], limits, start)
    assert.ok('diskFree /old' in remember(gone, [], limits, start + 29 * dayMs))
    assert.deepEqual(remember(gone, [], limits, start + 30 * dayMs), {})
  })

  test('loses nothing to one inspection with a clock that is far behind or ahead', () => {
    let history: History = {}
    for (let day = 0; day < 20; day += 1)
      history = remember(history, [free(60 - day)], limits, start + day * dayMs)
    for (const wrong of [-900, 900]) {
      const after = remember(history, [free(50)], limits, start + wrong * dayMs)
      const right = remember(after, [free(40)], limits, start + 20 * dayMs)
      assert.deepEqual(
        recent(right['diskFree /'] ?? [], 20_020),
        [...(history['diskFree /'] ?? []), [20_020, 40]],
        String(wrong),
      )
    }
  })

  test('is a plain record also of what is named like a part of one', () => {
    const history = remember(undefined, [free(1, '__proto__'), free(2, 'constructor')], limits, start)
    assert.deepEqual(Object.keys(history).sort(), ['diskFree __proto__', 'diskFree constructor'])
  })
})
