import assert from 'node:assert/strict'
import test from 'node:test'
import { eventsIn, ranRollout, runMore, writtenPlan } from './rollout.ts'
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

// Fault, people: a rollout is begun on a host that another one has in hand, or left stuck or unknown.
// Outcome: refused.
test('no rollout begins on a host that another one has in hand, or has left stuck or unknown', async (context) => {
  const soaking = await ranRollout(context, undefined, { soakMs: 400 * 86_400_000 })
  const second = upkeep(['patch', 'run', '--plan', writtenPlan(soaking.cwd, { id: 'r2' })], {
    cwd: soaking.cwd,
  })
  assert.equal(second.code, 4, second.err)
  assert.match(second.err, /p {2}gate\/host-busy\np is in the rollout r1, which has not ended/)

  for (const [was, faulty] of [
    ['unknown', ['apt.install']],
    ['stuck', ['check.verify', 'snapshot.restore-back']],
  ] as const) {
    const { cwd } = await ranRollout(context, (host, step) =>
      host !== 'p' || !faulty.some((id) => id === step.id)
        ? undefined
        : was === 'stuck'
          ? 'failed'
          : 'unknown',
    )
    const path = writtenPlan(cwd, { id: 'r2' })
    const refused = upkeep(['patch', 'run', '--plan', path], { cwd })
    assert.equal(refused.code, 4, refused.err)
    assert.match(refused.err, new RegExp(`gate/host-unsettled\\nThe rollout r1 left p ${was}, and nobody`))
    assert.ok(!eventsIn(cwd).some(({ data }) => data['rollout'] === 'r2'))
    if (was === 'unknown') continue
    upkeep(['settle', 'p', '--as', 'done', '--reason', 'put right by hand'], { cwd })
    assert.doesNotMatch(upkeep(['patch', 'run', '--plan', path], { cwd }).err, /gate\/host-/)
  }
})

test('a rollout that has ended keeps no host', async (context) => {
  const { cwd } = await ranRollout(context)
  const next = upkeep(['patch', 'run', '--plan', writtenPlan(cwd, { id: 'r2' })], { cwd })
  assert.match(next.err, /store\//)
  assert.doesNotMatch(next.err, /gate\/host-/)
})

test('an old rollout is not taken back under a newer one', async (context) => {
  const { cwd } = await ranRollout(context)
  await runMore(cwd, 'r2')
  const words = ['rollback', '--rollout', 'r1', '--reason', 'wrong totals']
  const refused = upkeep(words, { cwd })
  assert.equal(refused.code, 4, refused.err)
  assert.match(refused.err, /p {2}gate\/changed-since\nThe rollout r2 has changed p since/)
  assert.match(refused.err.replaceAll(/\s+/g, ' '), /upkeep rollback --rollout r2 --host p/)
  assert.ok(!eventsIn(cwd).some(({ type }) => type === 'rollback.asked'))
})

test('one that a newer rollout was taken back from, or never reached, may be', async (context) => {
  const { cwd } = await ranRollout(context)
  await runMore(cwd, 'r2', (host, step) => (host === 't' && step.id === 'apt.install' ? 'failed' : undefined))
  const asked = upkeep(['rollback', '--rollout', 'r1', '--reason', 'wrong totals'], { cwd })
  assert.doesNotMatch(asked.err, /changed-since/)
  assert.ok(eventsIn(cwd).some(({ type }) => type === 'rollback.asked'))
})

// Fault, people: an older rollout is let go on while a newer one has its hosts. Outcome: refused.
test('a stopped rollout is not let go on while a newer one has its hosts in hand', async (context) => {
  const { cwd, end } = await ranRollout(context, (host, step) =>
    host === 'p' && step.id === 'apt.install' ? 'failed' : undefined,
  )
  assert.equal(end.state.outcome, 'stopped')
  await runMore(cwd, 'r2', undefined, { soakMs: 400 * 86_400_000 })
  const asked = upkeep(['resume', '--rollout', 'r1', '--go-on', 'put right'], { cwd })
  assert.equal(asked.code, 4, asked.err)
  assert.match(asked.err, /gate\/host-busy\np is in the rollout r2, which has not ended/)
  assert.ok(!eventsIn(cwd).some(({ type }) => type === 'rollout.reopened'))
})
