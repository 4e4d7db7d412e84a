import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import type { PatchPlan } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const hour = 3_600_000

function plan(policy: Partial<PatchPlan['policy']>): PatchPlan {
  const hosts = [simulatedHost('t', 'test', ['app']), simulatedHost('p', 'production', ['app'])]
  return simulatedPlan(hosts, [['p']], policy)
}

const shortened = {
  type: 'soak.shortened',
  data: { rollout: 'r1', reason: 'exploited flaw', by: 'li@ops' },
} as const

test('a shortened soak opens production, after the notice, and its people are told the sooner time', async () => {
  const of = plan({ soakMs: 100 * hour, noticeMs: hour })
  const world = simulatedWorld({})
  const soaking = await execute(of, fold(of, world.events), world.ports)
  assert.deepEqual(
    soaking.waits.map(({ gate }) => gate),
    ['soak', 'notice'],
  )
  world.advance(1)
  await world.ports.tell(shortened)
  const noticed = await execute(of, fold(of, world.events), world.ports)
  assert.deepEqual(
    noticed.waits.map(({ gate }) => gate),
    ['notice'],
  )
  world.advance(hour)
  const end = await execute(of, fold(of, world.events), world.ports)
  assert.equal(end.state.outcome, 'done')
  const mails = world.events.flatMap((event) => (event.type === 'mail.ended' ? [event.subject] : []))
  assert.deepEqual(mails, ['before', 'sooner', 'after'])
})

test('a soak that is shortened before anybody was told the start is told once', async () => {
  const of = plan({ soakMs: 100 * hour })
  const world = simulatedWorld({})
  await world.ports.tell(shortened)
  world.advance(1)
  const end = await execute(of, fold(of, world.events), world.ports)
  assert.equal(end.state.outcome, 'done')
  const mails = world.events.flatMap((event) => (event.type === 'mail.ended' ? [event.subject] : []))
  assert.deepEqual(mails, ['before', 'after'])
})

test('it stays open until it was reviewed', async () => {
  const of = plan({ soakMs: hour })
  const world = simulatedWorld({})
  await world.ports.tell(shortened)
  assert.equal(fold(of, world.events).shortened?.reviewed, null)
  await world.ports.tell({
    type: 'soak.reviewed',
    data: { rollout: 'r1', reason: 'was right', by: 'chen@ops' },
  })
  assert.deepEqual(fold(of, world.events).shortened?.reviewed, { by: 'chen@ops', reason: 'was right' })
  assert.equal(fold(of, world.events).shortened?.by, 'li@ops')
})
