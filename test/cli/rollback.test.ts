import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventsIn, ranRollout } from './rollout.ts'
import { upkeep } from './upkeep.ts'

test('rollback of one host is refused in one sentence while others of its rollout are on their way', async (context) => {
  const { cwd } = await ranRollout(context, (host, step) =>
    host === 'p' && step.id === 'apt.install' ? 'unknown' : undefined,
  )
  const words = ['rollback', '--rollout', 'r1', '--reason', 'wrong totals', '--host', 't']
  const refused = upkeep(words, { cwd })
  assert.equal(refused.code, 3, refused.err)
  assert.match(refused.err, /input\/hosts-in-flight/)
  assert.match(refused.err, /are on their way, [^.]*: p\./)
  assert.ok(!eventsIn(cwd).some(({ type }) => type === 'rollback.asked'))
})

test('a way that can not be meant is refused before anything is looked at', async (context) => {
  const { cwd } = await ranRollout(context)
  const words = ['rollback', '--rollout', 'r1', '--reason', 'wrong totals']
  for (const more of [
    ['--way', 'snapshot'],
    ['--way', 'snapshot', '--host', 'p', '--host', 't'],
    ['--way', 'somehow', '--host', 'p'],
    ['--host', 'p', '--lose', '3'],
    ['--way', 'snapshot', '--host', 'p', '--lose', 'all'],
  ]) {
    const refused = upkeep([...words, ...more], { cwd })
    assert.equal(refused.code, 2, more.join(' '))
    assert.match(refused.err, /usage\/rollback-way/)
  }
  assert.ok(!eventsIn(cwd).some(({ type }) => type === 'rollback.asked'))
})

test('the snapshot of a host on which nobody can count what is lost is not put back', async (context) => {
  const { cwd } = await ranRollout(context)
  const words = ['rollback', '--rollout', 'r1', '--reason', 'r', '--way', 'snapshot', '--lose', '0']
  for (const [host, code] of [
    ['p', 'gate/rows-not-countable'],
    ['t', 'gate/no-snapshot'],
  ] as const) {
    const refused = upkeep([...words, '--host', host], { cwd })
    assert.equal(refused.code, 4, refused.err)
    assert.ok(refused.err.includes(code), refused.err)
  }
  assert.ok(!eventsIn(cwd).some(({ type }) => type === 'rollback.asked'))
})

test('a host that is under way has no snapshot to choose yet', async (context) => {
  const { cwd } = await ranRollout(context, (host, step) =>
    host === 'p' && step.id === 'apt.install' ? 'unknown' : undefined,
  )
  const words = ['rollback', '--rollout', 'r1', '--reason', 'r', '--way', 'snapshot', '--host', 'p']
  const refused = upkeep(words, { cwd })
  assert.equal(refused.code, 3, refused.err)
  assert.match(refused.err, /input\/hosts-in-flight/)
})
