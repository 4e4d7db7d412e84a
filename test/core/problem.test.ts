import assert from 'node:assert/strict'
import test from 'node:test'
import { renderProblem, renderProblems } from '../../core/problem.ts'
import type { Problem } from '../../schemas/problem.ts'

const plain = { colour: false }
const placed: Problem = {
  code: 'estate/ring-unknown',
  where: 'estate.yaml:3:11',
  frame: '    ring: prod\n          ^^^^',
  what: 'hosts[0].ring is "prod"',
  found: '"prod"',
  expected: 'test, production',
  fix: 'Did you mean "production"?',
}
const unreachable: Problem = {
  code: 'ssh/unreachable',
  what: 'The host does not answer',
  found: 'ETIMEDOUT',
  fix: 'Start it',
}

test('a problem is its place and code, the excerpt, and one sentence for each thing to know', () => {
  assert.equal(
    renderProblem(placed, plain),
    `estate.yaml:3:11  estate/ring-unknown
    ring: prod
          ^^^^
hosts[0].ring is "prod". Allowed: test, production. Did you mean "production"?`,
  )
})

test('what was found is told when the sentence does not show it; a problem without place begins with its code', () => {
  assert.equal(
    renderProblem(unreachable, plain),
    'ssh/unreachable\nThe host does not answer. Found: ETIMEDOUT. Start it.',
  )
})

test('colour adds nothing but colour', () => {
  const coloured = renderProblem(placed, { colour: true })
  assert.match(coloured, /\u001b\[31m\^{4}\u001b\[39m/)
  assert.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), renderProblem(placed, plain))
})

test('the same problem of several hosts is one, with all of them', () => {
  const hosts = ['erp-1', 'erp-2', 'erp-3'].map((where) => ({ ...unreachable, where }))
  assert.equal(
    renderProblems([...hosts, placed, { ...unreachable, where: 'oa-1', found: 'ECONNREFUSED' }], plain),
    `erp-1, erp-2, erp-3 (3)  ssh/unreachable
The host does not answer. Found: ETIMEDOUT. Start it.

${renderProblem(placed, plain)}

oa-1  ssh/unreachable
The host does not answer. Found: ECONNREFUSED. Start it.`,
  )
})

test('of a thousand hosts six are named', () => {
  const hosts = Array.from({ length: 1000 }, (_, index) => ({ ...unreachable, where: `h${index}` }))
  assert.match(
    renderProblems(hosts, plain),
    /^h0, h1, h2, h3, h4, h5 and 994 more \(1000\) {2}ssh\/unreachable\n/,
  )
})

test('no problems, no text', () => {
  assert.equal(renderProblems([], plain), '')
})
