import assert from 'node:assert/strict'
import test from 'node:test'
import { eventsIn, ranRollout, writtenPlan } from './rollout.ts'
import { upkeep } from './upkeep.ts'

test('a plan that says to be of a rollout that has begun, and is another one, is refused', async (context) => {
  const { cwd, plan } = await ranRollout(context)
  const before = eventsIn(cwd).length
  const path = writtenPlan(cwd, { notes: ['forged'] })
  const refused = upkeep(['patch', 'run', '--plan', path], { cwd })
  assert.equal(refused.code, 5, refused.err)
  assert.match(refused.err, /plan\/stale\nThe rollout r1 has begun with another plan/)
  assert.ok(refused.err.replaceAll(/\s+/g, ' ').includes(`SHA-256 ${plan.digest}, as the journal has it`))
  const told = eventsIn(cwd).slice(before)
  assert.deepEqual(
    told.filter(({ type }) => !type.startsWith('journal.')),
    [],
  )
})
