import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'

import { sanitise } from '../../connect/text.ts'

const cases: readonly [hostile: string, harmless: string][] = [
  ['plain text, 升级完成 ✓', 'plain text, 升级完成 ✓'],
  ['tab\tand\nline\r\nend', 'tab\tand\nline\nend'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]0;new title\u0007after', 'after'],
  ['\u001b]52;c;c3RvbGVu\u001b\\after', 'after'],
  ['\u001bP1;2|device\u001b\\after', 'after'],
  ['\u009b31mred', 'red'],
  ['\u009d0;title\u009cafter', 'after'],
  ['over\rwritten\b\b', 'overwritten'],
  ['\u202eabc\u2066def\u200b', 'abcdef'],
  ['bell\u0007nul\u0000del\u007f', 'bellnuldel'],
  ['\u001b(0\u001b7\u001bcend', 'end'],
]

for (const [hostile, harmless] of cases)
  test(`${JSON.stringify(hostile)} is shown as ${JSON.stringify(harmless)}`, () => {
    assert.equal(sanitise(hostile), harmless)
  })

test('nothing that a terminal obeys is left in any text', () => {
  const unit = fc.oneof(
    fc.constantFrom(
      '\u001b',
      '[',
      ']',
      '\u0007',
      '\\',
      '\u009b',
      '\u009d',
      ';',
      '0',
      'm',
      '\u202e',
      'P',
      'x',
      '\r',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  )
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      const clean = sanitise(text, 50)
      assert.doesNotMatch(clean, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      assert.ok(clean.length <= 50)
    }),
    { numRuns: 5000 },
  )
})

test('a cut is shown', () => assert.equal(sanitise('abcdef', 4), 'abc…'))
