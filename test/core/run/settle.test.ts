import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RolloutEvent, Told } from '../../../core/run/events.ts'
import { execute, type RunEnd } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import type { PatchPlan } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

type Fault = NonNullable<Parameters<typeof simulatedWorld>[0]['fault']>

function plan(): PatchPlan {
  const hosts = [
    simulatedHost('t', 'test', ['app']),
    simulatedHost('a', 'production', ['app']),
    simulatedHost('b', 'production', ['app']),
  ]
  return simulatedPlan(hosts, [['a'], ['b']], { failureBudget: 2 })
}

async function run(
  of: PatchPlan,
  events: Told[] | undefined,
  fault: Fault,
): Promise<[RunEnd, Told[], string[]]> {
  const world = simulatedWorld(events === undefined ? { fault } : { fault, events })
  await world.ports.tell({ type: 'run.started', data: { rollout: of.id, token: 1, pid: 1 } })
  const end = await execute(of, fold(of, world.events), world.ports)
  return [end, world.events, world.performed]
}

function says(as: 'done' | 'undone', host = 'a'): RolloutEvent & { timeMs: number } {
  const data = { rollout: 'r1', as, reason: 'seen on its console', by: 'li@ops' }
  return { type: 'host.settled', subject: host, data, timeMs: 2_000_000 }
}

const fine: Fault = () => undefined
const lostIn =
  (id: string): Fault =>
  (host, step) =>
    host === 'a' && step.id === id ? 'unknown' : undefined

describe('a host whose step ended unknown', () => {
  test('settled as done walks on from there: the step is not done again, and every check after it is', async () => {
    const of = plan()
    const [before, events] = await run(of, undefined, lostIn('apt.install'))
    assert.equal(before.waits[0]?.gate, 'unknown')
    events.push(says('done'))
    const [end, , performed] = await run(of, events, fine)
    assert.equal(end.state.outcome, 'done')
    assert.ok(!performed.includes('a apt.install'))
    assert.ok(performed.includes('a check.patched') && performed.includes('a check.verify'))
    assert.match(end.state.hosts['a']?.ended['apt.install']?.said ?? '', /settled as done by li@ops: seen/)
  })

  test('settled as done though it was not is found by its checks, and goes back', async () => {
    const of = plan()
    const [, events] = await run(of, undefined, lostIn('apt.install'))
    events.push(says('done'))
    const [end] = await run(of, events, (host, step) =>
      host === 'a' && step.id === 'check.patched' ? 'failed' : undefined,
    )
    assert.equal(end.state.hosts['a']?.outcome, 'undone')
  })

  test('settled as undone goes back by the rehearsed way, proven equal, and the rollout goes on', async () => {
    const of = plan()
    const [, events] = await run(of, undefined, lostIn('apt.install'))
    events.push(says('undone'))
    const [end, , performed] = await run(of, events, fine)
    assert.deepEqual(
      performed.filter((line) => /^a .*(restore-|compare)/.test(line)),
      ['a snapshot.restore-back', 'a manifest.compare-snapshot-back'],
    )
    assert.equal(end.state.hosts['a']?.outcome, 'undone')
    assert.equal(end.state.hosts['b']?.outcome, 'done')
  })

  test('a snapshot that is settled as taken is a way back', async () => {
    const of = plan()
    const [, events] = await run(of, undefined, lostIn('snapshot.take'))
    events.push(says('done'))
    assert.equal(fold(of, events).hosts['a']?.snapshot, true)
  })

  test('on its way back the person has the last word', async () => {
    const of = plan()
    const [, events] = await run(of, undefined, (host, step) => {
      if (host !== 'a') return undefined
      return step.id === 'check.verify'
        ? 'failed'
        : step.id === 'snapshot.restore-back'
          ? 'unknown'
          : undefined
    })
    events.push(says('undone'))
    const [end, , performed] = await run(of, events, fine)
    assert.equal(end.state.hosts['a']?.outcome, 'undone')
    assert.match(end.state.hosts['a']?.said ?? '', /settled as undone by li@ops/)
    assert.ok(!performed.some((line) => line.startsWith('a ')))
    assert.equal(end.state.hosts['b']?.outcome, 'done')
  })
})

describe('a stuck host', () => {
  const stuck: Fault = (host, step) =>
    host === 'a' && (step.id === 'check.verify' || step.id === 'snapshot.restore-back') ? 'failed' : undefined

  for (const as of ['done', 'undone'] as const) {
    test(`settled as ${as}: the rollout stays over until a person lets it go on`, async () => {
      const of = plan()
      const [before, events] = await run(of, undefined, stuck)
      assert.equal(before.state.hosts['a']?.outcome, 'stuck')
      assert.equal(before.state.outcome, 'stopped')
      events.push(says(as))
      const [still] = await run(of, events, fine)
      assert.equal(still.state.hosts['a']?.outcome, as)
      assert.equal(still.state.status, 'ended')
      assert.equal(still.state.hosts['b']?.phase, 'waiting')
      const data = { rollout: 'r1', reason: 'put right', by: 'li@ops' }
      events.push({ type: 'rollout.reopened', data, timeMs: 2_000_001 })
      const [end] = await run(of, events, fine)
      assert.equal(end.state.hosts['b']?.outcome, 'done')
      assert.equal(end.state.outcome, as === 'done' ? 'done' : 'stopped')
    })
  }
})

test('a rollout that was taken back but for a host that stays patched does not say that it was', async () => {
  const of = plan()
  const [, events] = await run(of, undefined, fine)
  const data = { rollout: 'r1', hosts: ['a', 'b'], way: 'packages', reason: 'wrong totals' } as const
  events.push({ type: 'rollback.asked', data, timeMs: 2_000_000 })
  const [before] = await run(of, events, (host, step) =>
    host === 'b' && step.does === 'apt.downgrade' ? 'unknown' : undefined,
  )
  assert.equal(before.waits[0]?.gate, 'unknown')
  events.push(says('done', 'b'))
  const [end] = await run(of, events, fine)
  assert.equal(end.state.hosts['a']?.outcome, 'undone')
  assert.equal(end.state.outcome, 'stopped')
  assert.equal(end.state.said, 'still patched: t, b')
})
