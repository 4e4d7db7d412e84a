import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { problemsIn, problemsOf } from '../../docs/problem-codes.ts'
import { problemsPage, unexplained } from '../../docs/problems.ts'

const root = join(import.meta.dirname, '../..')
const said = problemsOf(root)

test('docs/problems.md is what the sources say; npm run docs writes it', () => {
  assert.ok(said.length > 100)
  assert.equal(readFileSync(join(root, 'docs/problems.md'), 'utf8'), problemsPage(said))
})

test('a code has one meaning; the page says which where the sentences differ', () => {
  assert.deepEqual(unexplained(said), [])
})

test('two meanings under one code are found', () => {
  const text =
    "const a = { code: 'host/x', what: 'It is up.' }\nconst b = { code: 'host/x', what: 'It is down.' }"
  const found = unexplained([...said, ...problemsIn('connect/x.ts', text)])
  assert.deepEqual(found, [
    'host/x has several meanings: connect/x.ts "It is up.", connect/x.ts "It is down."',
  ])
})

test('a code without a sentence, and a meaning without a code, are found', () => {
  const silent = problemsIn('connect/x.ts', "const a = { code: 'host/x', where }")
  assert.match(unexplained([...said, ...silent]).join(), /host\/x has several meanings/)
  assert.ok(unexplained([]).includes('host/lost is not used any more'))
})

for (const [what, text, code, sentence, fix] of [
  ['written in place', "({ code: 'a/b', what: 'It is so.', fix: 'Do it.' })", 'a/b', 'It is so.', 'Do it.'],
  [
    'filled in',
    "({ code: 'a/b', what: `No ${name} at ${x.place}, ${f()}` })",
    'a/b',
    'No <name> at <place>, <…>',
    '',
  ],
  [
    'a constant',
    "const what = 'It is so'\nfunction f() { return { code: 'a/b', what } }",
    'a/b',
    'It is so',
    '',
  ],
  ['spread', "const is = { what: 'It is so' }\nconst a = { code: 'a/b', ...is }", 'a/b', 'It is so', ''],
] as const) {
  test(`a sentence that is ${what} is read`, () => {
    const place = 'core/x.ts'
    assert.deepEqual(problemsIn(place, text), [{ code, place, what: sentence, fix }])
  })
}

test('a choice of codes has a choice of sentences', () => {
  const text = "({ code: full ? 'a/full' : 'a/bad', what: full ? 'Full.' : 'Bad.' })"
  const codes = problemsIn('core/x.ts', text).map(({ code, what }) => `${code} ${what}`)
  assert.deepEqual(codes, ['a/full Full.', 'a/bad Bad.'])
})

test('codes of files that people write are named by the file', () => {
  const text = "({ code: `${subject}/yaml`, what: 'It is no YAML' })"
  const codes = problemsIn('schemas/source.ts', text).map(({ code }) => code)
  assert.deepEqual(codes, ['estate/yaml', 'plan-file/yaml'])
  assert.equal(problemsIn('core/estate/x.ts', "({ code: 'cycle', what: 'x' })")[0]?.code, 'estate/cycle')
})
