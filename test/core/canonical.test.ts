import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonical } from '../../core/canonical.ts'
import { digestOf, sha256 } from '../../core/digest.ts'

/** A JSON value with the keys of each object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  )
}

const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 })

test('the example of RFC 8785, section 3.2', () => {
  const value: unknown = JSON.parse(String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`)
  const expected = String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`
  assert.equal(canonical(value), expected)
})

test('keys are in UTF-16 order, as in RFC 8785, section 3.2.3', () => {
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
  const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33']
  const text = canonical(Object.fromEntries(keys.map((key) => [key, 0])))
  assert.deepEqual(Object.keys(JSON.parse(text) as object).toSorted(), sorted.toSorted())
  assert.equal(text, `{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`)
})

test('any JSON value: read back it is the same, and the order of keys does not matter', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonical(value)
      const plain: unknown = JSON.parse(JSON.stringify(value))
      assert.deepEqual(JSON.parse(text), plain)
      assert.equal(canonical(reversed(plain)), text)
      assert.equal(canonical(JSON.parse(text)), text)
      assert.equal(digestOf(reversed(plain)), sha256(text))
    }),
    { numRuns: 2000 },
  )
})

test('a key "__proto__" is a key; undefined keys are left out; -0 is 0', () => {
  assert.equal(canonical(JSON.parse('{"b":1,"__proto__":{"a":2}}')), '{"__proto__":{"a":2},"b":1}')
  assert.equal(canonical({ a: undefined, b: -0 }), '{"b":0}')
})

test('what JSON can not say throws', () => {
  const bad = [
    NaN,
    Infinity,
    undefined,
    [undefined],
    1n,
    () => 1,
    Symbol('s'),
    new Date(0),
    new Map(),
    '\ud800',
  ]
  for (const value of bad) assert.throws(() => canonical(value), TypeError)
  assert.throws(() => canonical({ '\udc00': 1 }), TypeError)
})
