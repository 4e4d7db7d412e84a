import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WindowAnswer } from '../../../core/gate/start.ts'
import { execute } from '../../../core/run/execute.ts'
import type { Told } from '../../../core/run/events.ts'
import { fold } from '../../../core/run/fold.ts'
import { neededMs } from '../../../core/run/measure.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const plan = simulatedPlan(
  ['t', 'p1', 'p2'].map((name) => simulatedHost(name, name === 't' ? 'test' : 'production', ['app'])),
  [['p1', 'p2']],
  { failureBudget: 2 },
)
const shut: WindowAnswer = { open: false, says: 'Shut.', untilMs: 9_000_000_000 }

/** The journal of a controller that was killed right after p1 had ended (or begun) this step; then another one comes. */
async function killedAfter(
  step: string,
  type: 'step.ended' | 'step.started' = 'step.ended',
  of = plan,
  laterMs = 3_600_000,
): Promise<Told[]> {
  const world = simulatedWorld({})
  await execute(of, fold(of, world.events), world.ports)
  const at = world.events.findIndex(
    (event) => event.type === type && event.subject === 'p1' && event.data.step === step,
  )
  const events = world.events.slice(0, at + 1)
  const timeMs = (events.at(-1)?.timeMs ?? 0) + laterMs
  return [...events, { type: 'run.started', data: { rollout: plan.id, token: 2, pid: 1 }, timeMs }]
}

async function goesOn(events: Told[], window: (startMs: number, needMs: number) => WindowAnswer, of = plan) {
  const world = simulatedWorld({ events })
  const end = await execute(of, fold(of, events), { ...world.ports, window })
  return { end, performed: world.performed }
}

test('who takes over a host of which nothing is closed or changed waits for its window, and then goes on', async () => {
  for (const step of ['check.fresh', 'updaters.pause']) {
    const events = await killedAfter(step)
    const { end, performed } = await goesOn(events, () => shut)
    assert.ok(!performed.some((line) => /traffic|snapshot|apt|updaters/.test(line)), performed.join())
    const waits = end.waits.filter((wait) => wait.host === 'p1')
    assert.deepEqual(
      waits.map(({ gate, untilMs }) => [gate, untilMs]),
      [['window', 9_000_000_000]],
    )
    assert.equal(end.nextMs, 9_000_000_000)
    assert.equal(end.state.outcome, null, 'a window that was missed stops nothing')

    const later = await goesOn(events, () => ({ open: true, endsMs: null }))
    assert.equal(later.end.state.outcome, 'done')
  }
})

test('what is closed or changed is finished, whatever the time', async () => {
  for (const step of ['traffic.close', 'apt.install']) {
    const { end } = await goesOn(await killedAfter(step), () => shut)
    assert.equal(end.state.hosts['p1']?.outcome, 'done', step)
    assert.equal(end.state.hosts['p2']?.phase, 'waiting')
  }
})

test('who began a host in its window goes on with it, and who took over needs only the time that is left', async () => {
  const world = simulatedWorld({})
  let asked = 0
  // Shut from the moment that p1 has begun.
  const window = (): WindowAnswer => ((asked += 1) > 1 ? shut : { open: true, endsMs: null })
  const end = await execute(plan, fold(plan, world.events), { ...world.ports, window })
  assert.equal(end.state.hosts['p1']?.outcome, 'done')

  const events = await killedAfter('updaters.pause')
  const whole = neededMs(plan, fold(plan, events), 'p1')
  const fits = (_startMs: number, needMs: number): WindowAnswer =>
    needMs < whole ? { open: true, endsMs: null } : shut
  assert.equal((await goesOn(events, fits)).end.state.hosts['p1']?.outcome, 'done')
})

test('a stop that ends the rollout does not wait for the window', async () => {
  const events = await killedAfter('updaters.pause')
  const data = { rollout: plan.id, reason: 'enough', by: 'li', end: true } as const
  events.push({ type: 'stop.asked', data, timeMs: events.at(-1)?.timeMs ?? 0 })
  const { end, performed } = await goesOn(events, () => shut)
  assert.deepEqual(performed, ['p1 untouched.updaters.resume', 'p1 untouched.packages.remove'])
  assert.equal(end.state.outcome, 'stopped')
})

// Fault, controllers: one is killed, and the host falls sick, or is changed by hand, before the window opens again.
// Outcome: it is looked at anew once the window is open; nothing of it is closed or changed, and its updaters come back.
test('who takes over a host of which nothing is closed or changed looks anew whether it is well and as planned', async () => {
  const paused = await killedAfter('updaters.pause')
  const waiting = await goesOn(paused, () => shut)
  assert.deepEqual(
    waiting.performed.filter((line) => line.startsWith('p1 ')),
    [],
  )

  const sick = simulatedWorld({
    events: paused,
    fault: (host, { id }) => (host === 'p1' && id === 'check.before' ? 'failed' : undefined),
  })
  const end = await execute(plan, fold(plan, paused), sick.ports)
  assert.equal(end.state.hosts['p1']?.outcome, 'failed')
  const lines = sick.performed.filter((line) => line.startsWith('p1 '))
  assert.ok(lines.includes('p1 untouched.updaters.resume'), lines.join())
  assert.ok(!lines.some((line) => /traffic|snapshot|apt/.test(line)), lines.join())

  // What is recorded while updaters are paused would not be how the host was found.
  const goes = async (step: string) =>
    (await goesOn(await killedAfter(step), () => ({ open: true, endsMs: null }))).performed
  assert.ok(!(await goes('updaters.pause')).includes('p1 manifest.take'))
  const unpaused = await goes('packages.send')
  assert.deepEqual(unpaused.slice(0, 4), [
    'p1 check.fresh',
    'p1 check.before',
    'p1 manifest.take',
    'p1 updaters.pause',
  ])
})

test('looks of the last minutes stand: controllers that are killed again and again get on', async () => {
  const open = (): WindowAnswer => ({ open: true, endsMs: null })
  for (const [step, type] of [
    ['packages.send', 'step.ended'],
    ['packages.send', 'step.started'],
  ] as const) {
    const { performed } = await goesOn(await killedAfter(step, type, plan, 60_000), open)
    assert.ok(
      !performed.some((line) => /^p1 (check.fresh|check.before|manifest.take)$/.test(line)),
      performed.join(),
    )
  }
})

test('who finds a step under way lets it end, and then looks anew at what was seen before it', async () => {
  const open = (): WindowAnswer => ({ open: true, endsMs: null })
  const first = async (step: string) => {
    const { performed } = await goesOn(await killedAfter(step, 'step.started'), open)
    return performed
      .filter((line) => line.startsWith('p1 '))
      .map((line) => line.slice(3))
      .slice(0, 5)
  }
  const looks = ['check.fresh', 'check.before', 'manifest.take']
  assert.deepEqual(await first('check.fresh'), [...looks, 'packages.send', 'updaters.pause'])
  assert.deepEqual(await first('check.before'), [
    'check.before',
    'check.fresh',
    'manifest.take',
    'packages.send',
    'updaters.pause',
  ])
  assert.deepEqual(await first('packages.send'), ['packages.send', ...looks, 'updaters.pause'])
  assert.deepEqual((await first('updaters.pause')).slice(0, 4), [
    'updaters.pause',
    'check.fresh',
    'check.before',
    'traffic.close',
  ])
  assert.deepEqual((await first('traffic.close')).slice(0, 2), ['traffic.close', 'snapshot.take'])
})

// Fault, controllers: one is killed between the snapshot and the patch of a host that stays in use, and the window shuts.
// Outcome: the host is left as it was found: in the next window that snapshot would be no way back.
test('a snapshot does not wait for the next window', async () => {
  const inUse = simulatedPlan(
    ['t', 'p1', 'p2'].map((name) =>
      simulatedHost(name, name === 't' ? 'test' : 'production', ['app'], { traffic: [] }),
    ),
    [['p1', 'p2']],
    { failureBudget: 2 },
  )
  const events = await killedAfter('snapshot.take', 'step.ended', inUse)
  const { end, performed } = await goesOn([...events], () => shut, inUse)
  assert.equal(end.state.hosts['p1']?.outcome, 'failed')
  assert.match(end.state.hosts['p1'].said, /snapshot from before the next window/)
  assert.ok(!performed.some((line) => line.startsWith('p1 apt')), performed.join())
  const soon = await goesOn(events, () => ({ open: true, endsMs: null }), inUse)
  assert.equal(soon.end.state.hosts['p1']?.outcome, 'done')
  assert.deepEqual(soon.performed.slice(0, 3), ['p1 check.fresh', 'p1 check.before', 'p1 apt.install'])
})
