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
