import assert from 'node:assert/strict'
import test from 'node:test'
import { type ExitName, exitCodes, exitNameOf, worstExit } from '../../core/exit.ts'

test('the worst of several exits does not hang on their order', () => {
  const all = Object.keys(exitCodes) as ExitName[]
  assert.equal(worstExit([]), 'ok')
  for (const name of all) {
    assert.equal(worstExit(['ok', name]), name)
    assert.equal(worstExit([name, 'ok']), name)
    assert.equal(worstExit([name, 'stuck']), 'stuck')
  }
  assert.equal(worstExit(['unknown', 'stopped', 'refused']), 'unknown')
})

for (const [code, name] of [
  ['fact/lost', 'unreachable'],
  ['fact/incomplete', 'input'],
  ['dpkg/interrupted', 'refused'],
  ['snapshot/incomplete', 'refused'],
  ['host/key-changed', 'host-key'],
  ['host/lost', 'unreachable'],
  ['plan/stale', 'stale'],
  ['lease/held', 'lease'],
  ['lease/not-written', 'journal'],
  ['lease/unreadable', 'journal'],
] as const) {
  test(`${code} ends with ${name}`, () => assert.equal(exitNameOf(code), name))
}
