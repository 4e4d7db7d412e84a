import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Told } from '../../../core/run/events.ts'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import { isGood } from '../../../core/run/outcome.ts'
import type { HostPlan, PatchPlan } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from '../run/fleet.ts'

const named = (ring: HostPlan['ring'], count: number) =>
  Array.from({ length: count }, (_, at) => simulatedHost(`${ring[0] ?? ''}${at}`, ring, ['app']))

const names = (hosts: readonly HostPlan[]) => hosts.map(({ host }) => host)

/** Ten at once are wished, and so many may fail. */
function wishedTen(test: number, production: number, failureBudget: number): PatchPlan {
  const hosts = named('production', production)
  const waves = [names(hosts).slice(0, 3), names(hosts).slice(3)]
  return simulatedPlan([...named('test', test), ...hosts], waves, { atOnce: 10, failureBudget })
}

/** After each beginning of a host: how many of its ring are on their way, and how many have failed. */
function beginnings(plan: PatchPlan, events: readonly Told[]): readonly { onTheWay: number; bad: number }[] {
  const ringOf = new Map(plan.hosts.map(({ host, ring }) => [host, ring]))
  const onTheWay = new Set<string>()
  const bad: string[] = []
  return events.flatMap((event) => {
    if (event.type === 'host.ended') {
      onTheWay.delete(event.subject)
      if (!isGood(event.data.outcome)) bad.push(event.subject)
    }
    if (event.type !== 'host.started') return []
    onTheWay.add(event.subject)
    const ofRing = (host: string) => ringOf.get(host) === ringOf.get(event.subject)
    return [{ onTheWay: [...onTheWay].filter(ofRing).length, bad: bad.filter(ofRing).length }]
  })
}

async function run(plan: PatchPlan, world: ReturnType<typeof simulatedWorld>) {
  return execute(plan, fold(plan, world.events), world.ports)
}

const failing = (...hosts: readonly string[]): Parameters<typeof simulatedWorld>[0] => ({
  fault: (host, step) => (hosts.includes(host) && step.id === 'apt.install' ? 'failed' : undefined),
})

test('of ten test hosts, ten at once wished, no more are begun together than may fail', async () => {
  const plan = wishedTen(10, 1, 2)
  const world = simulatedWorld(failing(...names(named('test', 10))))
  const end = await run(plan, world)
  assert.equal(end.state.outcome, 'stopped')
  assert.deepEqual(
    beginnings(plan, world.events).map(({ onTheWay }) => onTheWay),
    [1, 2],
  )
})

test('two may fail: two are in flight, and once one has failed one, in the next wave too', async () => {
  const plan = wishedTen(1, 8, 2)
  const world = simulatedWorld(failing('p1'))
  const end = await run(plan, world)
  assert.equal(end.state.outcome, 'stopped', 'one host is not patched')
  const [, ...production] = beginnings(plan, world.events)
  assert.equal(production.length, 8, 'all the others are patched')
  assert.equal(Math.max(...production.map(({ onTheWay }) => onTheWay)), 2)
  const after = production.filter(({ bad }) => bad === 1)
  assert.ok(after.length >= 5)
  for (const { onTheWay } of after) assert.equal(onTheWay, 1)
})

test('a controller that takes over begins no more than may still fail, wherever the other one was killed', async () => {
  const plan = wishedTen(1, 5, 2)
  const whole = simulatedWorld(failing('p1', 'p3'))
  await run(plan, whole)
  for (let dieAfter = 1; dieAfter < whole.events.length - 1; dieAfter += 3) {
    const { events } = simulatedWorld({ ...failing('p1', 'p3'), dieAfter })
    const first = simulatedWorld({ ...failing('p1', 'p3'), dieAfter, events })
    await assert.rejects(run(plan, first), /killed/)
    events.push({ type: 'run.started', data: { rollout: 'r1', token: 2, pid: 2 }, timeMs: 2_000_000 })
    await run(plan, simulatedWorld({ ...failing('p1', 'p3'), events }))
    for (const { onTheWay, bad } of beginnings(plan, events))
      assert.ok(onTheWay + bad <= 2, `killed after ${dieAfter}: ${onTheWay} in flight, ${bad} failed`)
  }
})

test('no more go back together than may fail', async () => {
  const plan = wishedTen(1, 8, 2)
  const { events } = simulatedWorld({})
  await run(plan, simulatedWorld({ events }))
  const asked = names(named('production', 8))
  const data = { rollout: plan.id, hosts: asked, way: 'packages', reason: 'wrong totals' } as const
  events.push({ type: 'rollback.asked', data, timeMs: 2_000_000 })
  const from = events.length
  await run(plan, simulatedWorld({ events }))
  const goingBack = new Set<string>()
  let most = 0
  for (const event of events.slice(from)) {
    if (event.type === 'step.started') goingBack.add(event.subject)
    if (event.type === 'host.ended') goingBack.delete(event.subject)
    most = Math.max(most, goingBack.size)
  }
  assert.equal(most, 2)
})
