import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RolloutEvent, Told } from '../../../core/run/events.ts'
import { execute, type RunEnd } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import { exitOf } from '../../../playbooks/rollout/run.ts'
import type { PatchPlan } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const production = ['a', 'b', 'c', 'd']

function plan(atOnce: number): PatchPlan {
  const hosts = [
    simulatedHost('t', 'test', ['app']),
    ...production.map((host) => simulatedHost(host, 'production', ['app'])),
  ]
  return simulatedPlan(hosts, [production], { failureBudget: 3, atOnce })
}

function stopAsked(end = false): RolloutEvent {
  return { type: 'stop.asked', data: { rollout: 'r1', reason: 'wrong totals', by: 'li@ops', end } }
}

const letGoOn: RolloutEvent = {
  type: 'rollout.reopened',
  data: { rollout: 'r1', reason: 'totals are right', by: 'li@ops' },
}

type Fault = Parameters<typeof simulatedWorld>[0]['fault']

/** Runs until nothing is due; once `when` has been performed, a person asks to stop, which is heard at once. */
async function stoppedAt(of: PatchPlan, when: string, o: { end?: boolean; fault?: Fault } = {}) {
  const world = simulatedWorld(o.fault === undefined ? {} : { fault: o.fault })
  let isAsked = false
  const asked = async () => {
    if (isAsked || !world.performed.includes(when)) return []
    isAsked = true
    return [stopAsked(o.end)]
  }
  const end = await execute(of, fold(of, world.events), { ...world.ports, asked })
  assert.ok(isAsked)
  return { world, end }
}

/** A further run over what was journalled, after one more event. */
async function goOn(of: PatchPlan, events: Told[], event?: RolloutEvent, fault?: Fault): Promise<RunEnd> {
  const world = simulatedWorld(fault === undefined ? { events } : { events, fault })
  if (event !== undefined) await world.ports.tell(event)
  await world.ports.tell({ type: 'run.started', data: { rollout: of.id, token: 2, pid: 2 } })
  return execute(of, fold(of, events), world.ports)
}

function outcomes({ state }: RunEnd): Record<string, string> {
  return Object.fromEntries(production.map((host) => [host, state.hosts[host]?.outcome ?? 'waiting']))
}

describe('a person who asks to stop while a controller is at work', () => {
  for (const atOnce of [1, 2, 3]) {
    test(`${atOnce} at once: hosts in flight are finished, and none begins behind the stop in the journal`, async () => {
      const of = plan(atOnce)
      const { world, end } = await stoppedAt(of, 'a snapshot.take')
      const types = world.events.map(({ type }) => type)
      assert.ok(!types.slice(types.indexOf('stop.asked')).includes('host.started'))
      assert.equal(end.state.status, 'running')
      assert.equal(Object.values(outcomes(end)).filter((one) => one === 'done').length, atOnce)
      assert.equal(Object.values(outcomes(end)).filter((one) => one === 'waiting').length, 4 - atOnce)
      assert.deepEqual(
        end.waits.map(({ gate, untilMs }) => [gate, untilMs]),
        [['stopped', null]],
      )
      assert.match(end.waits[0]?.says ?? '', /stopped by li@ops: wrong totals; .*--rollout r1 --go-on/)
      assert.equal(end.nextMs, null)
      assert.equal(exitOf(end), 'refused')
    })
  }

  test('a host that was decided on before the stop was read does not begin behind it', async () => {
    const of = plan(2)
    const world = simulatedWorld({})
    let toldStarts = 0
    let isAsked = false
    const ports: typeof world.ports = {
      ...world.ports,
      leaseHeld: async () => {
        // Both starts are decided at once, and the lease answers the second one only after the stop was read.
        if (world.events.at(-1)?.type !== 'mail.ended') return null
        toldStarts += 1
        for (let turn = 0; toldStarts === 2 && turn < 200; turn += 1) await Promise.resolve()
        return null
      },
      asked: async () => {
        if (isAsked || !world.events.some((event) => 'subject' in event && event.subject === 'a')) return []
        isAsked = true
        return [stopAsked()]
      },
    }
    const end = await execute(of, fold(of, world.events), ports)
    const types = world.events.map(({ type }) => type)
    assert.ok(!types.slice(types.indexOf('stop.asked')).includes('host.started'))
    assert.deepEqual(outcomes(end), { a: 'done', b: 'waiting', c: 'waiting', d: 'waiting' })
    assert.equal(toldStarts, 2)
  })

  test('a host in flight that fails is undone still', async () => {
    const fault: Fault = (host, step) => (host === 'a' && step.id === 'check.verify' ? 'failed' : undefined)
    const { end } = await stoppedAt(plan(1), 'a snapshot.take', { fault })
    assert.deepEqual(outcomes(end), { a: 'undone', b: 'waiting', c: 'waiting', d: 'waiting' })
  })

  test('in the test ring no production host begins, and no further test group', async () => {
    const of: PatchPlan = { ...plan(1), test: [['t'], ['a']] }
    const { end, world } = await stoppedAt(of, 't snapshot.take')
    assert.equal(end.state.hosts['t']?.outcome, 'done')
    assert.ok(!world.events.some(({ type }) => type === 'mail.started'))
    assert.deepEqual(Object.values(outcomes(end)), ['waiting', 'waiting', 'waiting', 'waiting'])
  })

  test('who asks once all hosts are done stops nothing: the rollout is done', async () => {
    const { end } = await stoppedAt(plan(1), 'd check.observe')
    assert.equal(end.state.outcome, 'done')
  })

  test('with --end the rollout ends as stopped, once nothing is in flight', async () => {
    const { end, world } = await stoppedAt(plan(1), 'a snapshot.take', { end: true })
    assert.equal(end.state.outcome, 'stopped')
    assert.equal(end.state.said, 'stopped by li@ops: wrong totals')
    assert.equal(outcomes(end)['a'], 'done')
    assert.equal(world.events.findLast((event) => event.type === 'mail.ended')?.subject, 'stopped')
  })
})

describe('a stopped rollout', () => {
  test('is not started further by any later run, until a person lets it go on', async () => {
    const of = plan(1)
    const { world } = await stoppedAt(of, 'a snapshot.take')
    for (let times = 0; times < 3; times += 1) {
      const again = await goOn(of, world.events)
      assert.deepEqual(outcomes(again), { a: 'done', b: 'waiting', c: 'waiting', d: 'waiting' })
      assert.equal(exitOf(again), 'refused')
    }
    const end = await goOn(of, world.events, letGoOn)
    assert.equal(end.state.outcome, 'done')
  })

  test('that was ended goes on too when a person says so', async () => {
    const of = plan(1)
    const { world } = await stoppedAt(of, 'a snapshot.take', { end: true })
    const end = await goOn(of, world.events, letGoOn)
    assert.equal(end.state.outcome, 'done')
    assert.equal(end.state.endedMs !== null, true)
  })

  test('can be taken back, which is no stopped work any more', async () => {
    const of = plan(1)
    const { world } = await stoppedAt(of, 'a snapshot.take')
    const data = { rollout: 'r1', hosts: ['a'], way: 'packages', reason: 'wrong totals' } as const
    const end = await goOn(of, world.events, { type: 'rollback.asked', data })
    assert.equal(end.state.outcome, 'rolled-back')
    assert.equal(outcomes(end)['a'], 'undone')
  })

  test('that is being taken back finishes the host in flight and leaves the others patched', async () => {
    const of = plan(1)
    const whole = simulatedWorld({})
    await execute(of, fold(of, whole.events), whole.ports)
    const data = { rollout: 'r1', hosts: production, way: 'packages', reason: 'wrong totals' } as const
    await whole.ports.tell({ type: 'rollback.asked', data })
    let isAsked = false
    const asked = async () => {
      if (isAsked || !whole.performed.includes('d apt.downgrade-packages-back')) return []
      isAsked = true
      return [stopAsked()]
    }
    const end = await execute(of, fold(of, whole.events), { ...whole.ports, asked })
    assert.equal(end.state.status, 'running')
    assert.deepEqual(
      end.waits.map(({ gate }) => gate),
      ['stopped'],
    )
    assert.ok(!whole.performed.some((line) => /^[abc] .*-packages-back/.test(line)))
    const ended = await goOn(of, whole.events, stopAsked(true))
    assert.equal(ended.state.outcome, 'stopped')
    assert.equal(ended.state.said, 'still patched: t, a, b, c')
    assert.match(ended.state.hosts['a']?.said ?? '', /still patched: .* stopped by li@ops/)
  })
})

test('a stop of a rollout that is over is recorded, and changes nothing', async () => {
  const of = plan(1)
  const world = simulatedWorld({})
  await execute(of, fold(of, world.events), world.ports)
  await world.ports.tell(stopAsked())
  assert.equal(fold(of, world.events).stop, null)
})
