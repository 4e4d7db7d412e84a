import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RolloutEvent, Told } from '../../../core/run/events.ts'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import { type Held, heldBy, isExpired } from '../../../core/run/held.ts'
import type { PatchPlan } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const keep = { snapshotsMs: 1000, packagesMs: 9000 }
type Fault = NonNullable<Parameters<typeof simulatedWorld>[0]['fault']>

function plan(policy: Partial<PatchPlan['policy']> = {}): PatchPlan {
  const hosts = [simulatedHost('t', 'test', ['app']), simulatedHost('p', 'production', ['app'])]
  return simulatedPlan(hosts, [['p']], policy)
}

async function ran(of: PatchPlan, fault: Fault = () => undefined): Promise<Told[]> {
  const world = simulatedWorld({ fault })
  await execute(of, fold(of, world.events), world.ports)
  return world.events
}

function words(held: readonly Held[], endedMs: number | null): readonly string[] {
  return held.map(
    ({ what, host, name, expiresMs }) =>
      `${what} ${host} ${name} ${expiresMs === null ? 'kept' : `+${expiresMs - (endedMs ?? NaN)}`}`,
  )
}

test('what a rollout holds expires from its end on; a test host has no snapshot left', async () => {
  const of = plan()
  const state = fold(of, await ran(of))
  assert.ok(state.endedMs !== null)
  assert.deepEqual(words(heldBy(of, state, keep), state.endedMs), [
    'leftovers t r1 +9000',
    'snapshot p upkeep-r1 +1000',
    'leftovers p r1 +9000',
  ])
})

test('nothing expires while the rollout is under way, or stopped, or taken back, or has a stuck host', async () => {
  const kept = (events: Told[], of: PatchPlan) =>
    heldBy(of, fold(of, events), keep).every(({ expiresMs }) => expiresMs === null)
  const soaking = plan({ soakMs: 1e9 })
  const events = await ran(soaking)
  assert.equal(heldBy(soaking, fold(soaking, events), keep).length, 1, 'production has not begun')
  assert.ok(kept(events, soaking))
  const stop = { rollout: 'r1', reason: 'x', by: 'li@ops', end: false }
  events.push({ type: 'stop.asked', data: stop, timeMs: 2e6 })
  assert.ok(kept(events, soaking))

  const of = plan()
  const done = await ran(of)
  const data = { rollout: 'r1', hosts: ['p'], way: 'packages', reason: 'x' } as const
  assert.ok(!kept(done, of))
  assert.ok(kept([...done, { type: 'rollback.asked', data, timeMs: 2e6 }], of))

  const stuck = await ran(of, (host, step) =>
    host === 'p' && /^(check.verify|snapshot.restore-back)$/.test(step.id) ? 'failed' : undefined,
  )
  assert.equal(fold(of, stuck).hosts['p']?.outcome, 'stuck')
  assert.equal(fold(of, stuck).status, 'ended')
  assert.ok(kept(stuck, of))
  const settled = { rollout: 'r1', as: 'undone', reason: 'x', by: 'li@ops' } as const
  assert.ok(!kept([...stuck, { type: 'host.settled', subject: 'p', data: settled, timeMs: 2e6 }], of))
})

test('what was begun to be removed is no way back, and is held until it is known to be gone', async () => {
  const of = plan()
  const events = await ran(of)
  const about = { rollout: 'r1', what: 'snapshot', name: 'upkeep-r1' } as const
  const tell = (event: RolloutEvent) => events.push({ ...event, timeMs: 3e6 })
  const snapshots = () => heldBy(of, fold(of, events), keep).filter(({ what }) => what === 'snapshot')
  tell({ type: 'expiry.started', subject: 'p', data: about })
  assert.equal(fold(of, events).hosts['p']?.snapshot, false)
  assert.equal(snapshots()[0]?.triedMs, 3e6)
  tell({ type: 'expiry.ended', subject: 'p', data: { ...about, done: false, bytes: null, said: 'no' } })
  assert.equal(snapshots().length, 1)
  tell({ type: 'expiry.ended', subject: 'p', data: { ...about, done: true, bytes: null, said: '' } })
  assert.equal(snapshots().length, 0)
  assert.ok(!isExpired(fold(of, events)), 'the old packages are there still')
  tell({ type: 'expiry.started', subject: 't', data: { ...about, what: 'leftovers' } })
  assert.ok(isExpired(fold(of, events)))
})

test('a snapshot of which nobody knows whether it was taken is held, until it is known to be gone', async () => {
  const of = plan()
  const takes = of.hosts
    .find(({ host }) => host === 'p')
    ?.steps.find(({ action }) => action.kind === 'snapshot.take')
  for (const how of ['unknown', 'failed'] as const) {
    const events = await ran(of, (host, step) => (host === 'p' && step.id === takes?.id ? how : undefined))
    const data = { rollout: 'r1', as: 'undone', reason: 'not there', by: 'li@ops' } as const
    if (how === 'unknown') events.push({ type: 'host.settled', subject: 'p', data, timeMs: 2e6 })
    const held = () =>
      heldBy(of, fold(of, events), keep).filter(({ host, what }) => host === 'p' && what === 'snapshot')
    assert.equal(held().length, 1, how)
    const about = { rollout: 'r1', what: 'snapshot', name: 'upkeep-r1' } as const
    events.push({ type: 'expiry.started', subject: 'p', data: about, timeMs: 3e6 })
    events.push({
      type: 'expiry.ended',
      subject: 'p',
      data: { ...about, done: true, bytes: null, said: '' },
      timeMs: 3e6,
    })
    assert.equal(held().length, 0, how)
  }
})
