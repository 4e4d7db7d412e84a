import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const hosts = [simulatedHost('t', 'test', ['app']), simulatedHost('p', 'production', ['app'])]

test('a test host removes its snapshot at last; production keeps it beyond the rollout', async () => {
  const world = simulatedWorld({})
  const plan = simulatedPlan(hosts, [['p']])
  const end = await execute(plan, fold(plan, world.events), world.ports)
  const ofTest = world.performed.filter((line) => line.startsWith('t '))
  assert.deepEqual(ofTest.slice(-2), ['t snapshot.remove', 't manifest.take-patched'])
  assert.ok(!world.performed.includes('p snapshot.remove'))
  assert.equal(end.state.hosts['t']?.snapshot, false)
  assert.equal(end.state.hosts['p']?.snapshot, true)
})

test('a test host that is taken back keeps what was replaced, to be looked at', async () => {
  const world = simulatedWorld({ fault: (_, at) => (at.id === 'check.verify' ? 'failed' : undefined) })
  const plan = simulatedPlan(hosts, [['p']])
  const end = await execute(plan, fold(plan, world.events), world.ports)
  assert.equal(end.state.hosts['t']?.outcome, 'undone')
  assert.equal(end.state.hosts['t'].snapshot, true)
})

test('steps that change the host do not say that they only read', () => {
  for (const host of hosts) {
    const steps = [...host.steps, ...Object.values(host.back).flat()]
    const readers = steps.filter((step) => step.effect === 'reads').map((step) => step.action.kind)
    const looking = ['fresh', 'patched', 'check', 'conffiles', 'manifest.take', 'manifest.compare']
    assert.deepEqual([...new Set(readers)].toSorted(), looking.toSorted())
  }
})
