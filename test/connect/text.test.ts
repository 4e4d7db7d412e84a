import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'

import { forTerminal, sanitise, sanitiseAll, visibleJson } from '../../connect/text.ts'

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
  ['tag\u{e0041}s, soft\u00adhyphen, \u180eold', 'tags, softhyphen, old'],
  ['\u001b\u001b]x\u0007[31mred', 'red'],
]

for (const [hostile, harmless] of cases)
  test(`${JSON.stringify(hostile)} is shown as ${JSON.stringify(harmless)}`, () => {
    assert.equal(sanitise(hostile), harmless)
  })

// Fault 20, hosts: text of a host holds what a terminal obeys. Outcome: nothing of it is left.
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

test('a line for a terminal keeps the colours that are ours, and nothing else that a terminal obeys', () => {
  const own = '\u001b[31m✘\u001b[0m \u001b[1mbold\u001b[22m'
  assert.equal(
    forTerminal(`${own} \u001b[8mhidden\u001b[7m \u001b[2J\u001b]0;t\u0007\u001b[\u001b[0m31mx\r`),
    `${own} hidden \u001b[0m31mx`,
  )
})

test('JSON keeps its value, and shows what can not be seen', () => {
  const value = { a: '\u001b\u009b\u202e\u{e0041}升', '\u200b': ['\u2028', '\ud800'] }
  const json = visibleJson(JSON.stringify(value))
  assert.deepEqual(JSON.parse(json), value)
  assert.match(json, /^[\u0020-\u007e升]*$/u)
})

test('all texts of a value are sanitised, keys too, and cut; a __proto__ stays a key', () => {
  const value = JSON.parse(
    '{"__proto__": ["a\\u001b[2Jb\\n  c"], "k\\u202e": 1, "long": "xxxxxxxxxxxx"}',
  ) as object
  const clean = sanitiseAll(value, { maxChars: 10, oneLine: true })
  assert.equal(JSON.stringify(clean), '{"__proto__":["ab | c"],"k":1,"long":"xxxxxxxxx…"}')
})
