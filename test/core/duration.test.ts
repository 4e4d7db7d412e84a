import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { durationMs, durationText } from '../../core/duration.ts'

const cases = [
  ['0s', 0, '0 s'],
  ['450ms', 450, '450 ms'],
  ['42s', 42_000, '42 s'],
  ['90s', 90_000, '1 min 30 s'],
  ['20m', 1_200_000, '20 min'],
  ['1h30m', 5_400_000, '1 h 30 min'],
  ['1h5s', 3_605_000, '1 h'],
  ['26h', 93_600_000, '1 d 2 h'],
  ['2w', 1_209_600_000, '14 d'],
  ['1s500ms', 1_500, '1 s'],
] as const

for (const [text, ms, shown] of cases) {
  test(`${text} is ${ms} ms, shown as ${shown}`, () => {
    assert.equal(durationMs(text), ms)
    assert.equal(durationText(ms), shown)
  })
}

test('text that is no duration throws', () => {
  for (const text of ['', '5', 'm', '1.5h', '-1h', '1h 30m', '1H'])
    assert.throws(() => durationMs(text), text)
})

test('what is shown reads back as the same time, but for the rounding down of smaller units', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4e10 }), (ms) => {
      const back = durationMs(durationText(ms).replaceAll('min', 'm').replaceAll(' ', ''))
      assert.ok(back <= ms && back > ms * 0.95 - 1000, `${ms} -> ${durationText(ms)}`)
    }),
  )
})
