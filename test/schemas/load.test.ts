import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { frameAt } from '../../schemas/frame.ts'
import { loadAs, loadEstate } from '../../schemas/load.ts'
import { nearest } from '../../schemas/nearest.ts'
import { Problem } from '../../schemas/problem-shape.ts'

const head = 'version: 1\nname: acme\ntimeZone: UTC\ncontacts: { it: { name: IT } }\n'
const systems = 'systems:\n  erp:\n    tier: core\n    owner: it\n    roles: { app: {} }\n    hosts:\n'
const hosts = (count: number, ring: string) =>
  Array.from({ length: count }, (_, index) => `      h${index}: { ring: ${ring}, roles: [app] }\n`).join('')

test('a loaded estate carries its text, its digest, and where things stand', () => {
  const text = head + systems + hosts(1, 'test')
  const loaded = loadEstate('estate.yaml', text)
  assert.ok(loaded.ok)
  const { digest, where, spot, ...rest } = loaded.value
  assert.equal(rest.text, text)
  assert.equal(digest, createHash('sha256').update(text).digest('hex'))
  assert.equal(where(['systems', 'erp', 'tier']), 'estate.yaml:7:11')
  assert.equal(spot(['systems', 'erp', 'tier'], 'key').where, 'estate.yaml:7:5')
  assert.equal(where(['systems', 'erp', 'hosts', 'h0', 'roles', 0]), 'estate.yaml:11:33')
  assert.equal(where(['systems', 'erp', 'window']), 'estate.yaml:6:3', 'what is not there: its parent')
})

// Fault 19, estate files: an estate of 100,000 hosts. Outcome: refused at once.
test('100,000 hosts are refused at once', () => {
  const text = head + systems + hosts(100_000, 'test')
  const began = performance.now()
  const loaded = loadEstate('estate.yaml', text)
  assert.ok(performance.now() - began < 1000)
  assert.deepEqual(!loaded.ok && loaded.problems.map(({ code, found }) => [code, found]), [
    ['estate/too-large', '4.1 MiB'],
  ])
})

const heavy: Readonly<Record<string, string>> = {
  'a mistake in each of 40,000 hosts': head + systems + hosts(40_000, 'prod'),
  '150,000 unknown keys': Array.from({ length: 150_000 }, (_, index) => `key${index}: 1\n`).join(''),
  'the same key 300,000 times': 'a: 1\n'.repeat(300_000),
  'brackets that never end': `a: ${'['.repeat(500_000)}`,
  'one line of 2 MiB': `a: "${'x'.repeat(2_000_000)}`,
}
for (const [says, text] of Object.entries(heavy)) {
  test(`bounded time and at most 51 messages: ${says}`, () => {
    const began = performance.now()
    const loaded = loadEstate('estate.yaml', text)
    assert.ok(!loaded.ok && loaded.problems.length > 0 && loaded.problems.length <= 51)
    assert.ok(performance.now() - began < 20_000, `${performance.now() - began} ms`)
    for (const { frame = '' } of loaded.problems) assert.ok(frame.length < 400)
  })
}

// Fault 19, estate files: any text in place of an estate. Outcome: reading never throws.
test('no text makes reading throw', () => {
  const piece = fc.constantFrom(
    'systems:',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ': ',
    '&a ',
    '*a',
    '"',
    "'",
    '|',
    '#',
    '? ',
    '<<',
    '!!x ',
    '%YAML 1.1\n',
    '---',
    '\t',
    '\0',
    '\u202e',
    'version: 1',
    ',',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
      const loaded = loadEstate('estate.yaml', pieces.join(''))
      assert.ok(!loaded.ok && loaded.problems.length > 0)
    }),
    { numRuns: 2000 },
  )
})

test('an excerpt is one line and its caret, can not change the terminal, and is never long', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.nat(400),
      fc.nat(400),
      (text, at, length) => {
        const start = Math.min(at, text.length)
        const frame = frameAt(text, start, start + length)
        if (frame === '') return
        const lines = frame.split('\n')
        assert.equal(lines.length, 2)
        assert.match(lines[1] ?? '', /^ *\^+$/)
        assert.ok((lines[0] ?? '').length <= 220)
        assert.doesNotMatch(frame.replace('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
      },
    ),
  )
})

const meant = [
  ['prod', ['test', 'production'], 'production'],
  ['tset', ['test', 'production'], 'test'],
  ['staging', ['test', 'production'], undefined],
  ['time_zone', ['timeZone', 'name'], 'timeZone'],
  ['mon', ['monday', 'month', 'friday'], undefined],
  ['x', ['y'], undefined],
  ['erp-2', ['erp-1', 'oa-1'], 'erp-1'],
] as const
for (const [word, allowed, expected] of meant) {
  test(`${word} of ${allowed.join(', ')} means ${expected ?? 'nothing'}`, () =>
    assert.equal(nearest(word, allowed), expected))
}

test('other files are read by their own schema, with their own codes', () => {
  const loaded = loadAs('plan', Problem, 'plan.json', '{"code": 1}')
  assert.deepEqual(!loaded.ok && loaded.problems.map(({ code, where }) => [code, where]), [
    ['plan/missing', 'plan.json:1:1'],
    ['plan/type', 'plan.json:1:10'],
  ])
})

test('an estate has a most number of lines and entries; a plan, which a program wrote, has none', () => {
  const text = `[${'1,'.repeat(100_000)}1]`
  const codeOf = (loaded: ReturnType<typeof loadAs>) => !loaded.ok && loaded.problems[0]?.code
  assert.equal(codeOf(loadEstate('estate.yaml', text) as ReturnType<typeof loadAs>), 'estate/too-many-parts')
  assert.equal(codeOf(loadAs('plan', Problem, 'plan.json', text)), 'plan/type')
})
