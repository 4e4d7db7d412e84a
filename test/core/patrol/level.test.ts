import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Level, levelOf, levels, worstLevel } from '../../../core/patrol/level.ts'
import { items } from '../../../core/patrol/limits.ts'

const { cpu, diskFree, services, failedUnits } = items

describe('levels', () => {
  for (const [value, last, level] of [
    [70, 'ok', 'ok'],
    [70.1, 'ok', 'warning'],
    [90, 'ok', 'warning'],
    [90.1, 'ok', 'critical'],
    // Left by less than ten: it stays.
    [65, 'ok', 'ok'],
    [65, 'warning', 'warning'],
    [60, 'warning', 'ok'],
    [85, 'critical', 'critical'],
    [80, 'critical', 'warning'],
    [65, 'critical', 'warning'],
    [59, 'critical', 'ok'],
    // A level that nobody could measure holds nothing.
    [65, 'unknown', 'ok'],
  ] as const)
    test(`${value} % of the processor after ${last} is ${level}`, () =>
      assert.equal(levelOf(value, cpu.limit, last), level))

  for (const [value, last, level] of [
    [20, 'ok', 'ok'],
    [19.99, 'ok', 'warning'],
    [10, 'ok', 'warning'],
    [9.99, 'ok', 'critical'],
    [21.9, 'warning', 'warning'],
    [22, 'warning', 'ok'],
    [11.9, 'critical', 'critical'],
    [12, 'critical', 'warning'],
  ] as const)
    test(`${value} % of a disk free after ${last} is ${level}`, () =>
      assert.equal(levelOf(value, diskFree.limit, last), level))

  test('one service that does not run is critical, a failed unit never more than a warning', () => {
    assert.equal(levelOf(1, services.limit), 'critical')
    assert.equal(levelOf(0, services.limit, 'critical'), 'ok')
    assert.equal(levelOf(1, failedUnits.limit), 'warning')
    assert.equal(levelOf(0, failedUnits.limit, 'warning'), 'ok')
  })

  test('a value that swings about a limit within the margin changes its level once', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 60.01, max: 90, noNaN: true }), { maxLength: 50 }), (values) => {
        let level: Level = 'ok'
        let changes = 0
        for (const value of values) {
          const next = levelOf(value, cpu.limit, level)
          if (next !== level) changes += 1
          level = next
        }
        assert.ok(changes <= 1)
      }),
    )
  })

  test('no worse value ever has a better level', () => {
    const value = fc.double({ min: 0, max: 100, noNaN: true })
    fc.assert(
      fc.property(value, value, fc.constantFrom(...levels), (a, b, last) => {
        const rank = (of: number) => levels.indexOf(levelOf(of, cpu.limit, last))
        assert.ok(a <= b ? rank(a) <= rank(b) : rank(a) >= rank(b))
      }),
    )
  })

  test('the worst is critical, then unknown: what nobody saw may be critical', () => {
    assert.equal(worstLevel([]), 'ok')
    assert.equal(worstLevel(['ok', 'warning', 'unknown']), 'unknown')
    assert.equal(worstLevel(['unknown', 'critical', 'ok']), 'critical')
  })
})
