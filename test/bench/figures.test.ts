import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digits, ratioOf, spreadOf, spreadText } from '../../bench/figures.ts'
import { goalLines, verdictOf } from '../../bench/goal.ts'
import { mostColumns, tableLines } from '../../bench/table.ts'

test('the median is the middle figure, of an even number the middle of the two; figures need not be sorted', () => {
  assert.deepEqual(spreadOf([9, 1, 5]), { median: 5, least: 1, most: 9 })
  assert.deepEqual(spreadOf([10, 2, 4, 1]), { median: 3, least: 1, most: 10 })
  assert.deepEqual(spreadOf([7]), { median: 7, least: 7, most: 7 })
  assert.throws(() => spreadOf([]), /no figures/)
})

test('a ratio is of medians, and is not said of nothing', () => {
  assert.equal(ratioOf(spreadOf([3, 3, 30]), spreadOf([2, 2, 2])), 1.5)
  assert.equal(ratioOf(spreadOf([1]), spreadOf([0])), undefined)
})

test('figures are shown with what they say, and with their spread when there was more than one run', () => {
  assert.deepEqual([0.1142, 1.534, 18.56, 411.6].map(digits), ['0.114', '1.53', '18.6', '412'])
  assert.equal(spreadText(spreadOf([4.31, 4.55, 4.18])), '4.31 (4.18-4.55)')
  assert.equal(spreadText(spreadOf([4.31])), '4.31')
})

test('a goal is met at its limit, missed above it, and not shown without a figure', () => {
  const goal = { says: 'x', limit: 1.1, unit: 'x' }
  assert.equal(verdictOf({ ...goal, found: 1.1 }), 'met')
  assert.equal(verdictOf({ ...goal, found: 1.11 }), 'MISSED')
  assert.equal(verdictOf({ ...goal, found: undefined }), 'not shown')
  assert.equal(verdictOf({ ...goal, found: Number.NaN }), 'not shown')
  const [line = ''] = goalLines([{ ...goal, says: 'y'.repeat(46), found: 12345 }])
  assert.match(line, /MISSED$/)
  assert.ok(line.length <= mostColumns, `${line.length}`)
})

test('columns of a table stand under one another', () => {
  assert.deepEqual(
    tableLines(
      ['what', 'n'],
      [
        ['a', '100'],
        ['longer', '2'],
      ],
    ),
    ['what      n', '------  ---', 'a       100', 'longer    2'],
  )
})
