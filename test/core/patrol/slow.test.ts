import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { slowCalls, slowInADay } from '../../../core/patrol/slow.ts'

describe('slow queries', () => {
  const last = {
    reset: 'r1',
    statements: { a: [10, 5_000], b: [100, 100] } as Record<string, [number, number]>,
  }
  const now = (statements: Record<string, [number, number]>, reset = 'r1') =>
    slowCalls({ statements, reset }, last)

  test('are the calls since last time of statements that then took a second', () => {
    assert.equal(now({ a: [13, 9_000], b: [500, 900] }), 3)
    assert.equal(now({ a: [13, 7_000] }), 0, 'quick since then, whatever was before')
    assert.equal(now({ c: [2, 4_000] }), 2, 'a new one')
    assert.equal(now({ a: [10, 5_000] }), 0)
  })

  test('begin anew with a counter that was reset, as a whole or for one statement', () => {
    assert.equal(now({ a: [12, 24_000] }, 'r2'), 12)
    assert.equal(now({ a: [2, 4_000] }), 2)
  })

  test('are not counted where there is nothing to compare with', () => {
    assert.equal(slowCalls({ statements: {}, reset: null }, undefined), null)
  })

  test('are told of a day: what inspections of the last 24 hours counted, or the daily share of a longer time', () => {
    const at = (hour: number) => new Date(Date.UTC(2026, 10, 26, hour)).toISOString()
    const one = slowInADay([], { count: 6, time: at(8), lastTime: null })
    const two = slowInADay(one.kept, { count: 6, time: at(18), lastTime: at(8) })
    assert.deepEqual([one.perDay, two.perDay], [6, 12])
    assert.equal(slowInADay(two.kept, { count: 1, time: at(33), lastTime: at(18) }).perDay, 7)
    assert.equal(slowInADay([], { count: 40, time: at(96), lastTime: at(0) }).perDay, 10)
  })
})
