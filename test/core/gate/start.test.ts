import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayStart, type WindowAnswer } from '../../../core/gate/start.ts'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from '../run/fleet.ts'

test('a host that does not fit the window keeps no place from those that do', async () => {
  // It needs longer: nothing was measured on a test host of its role.
  const slow = simulatedHost('slow', 'production', ['db'])
  const quick = ['q1', 'q2', 'q3'].map((name) => simulatedHost(name, 'production', ['app']))
  const plan = simulatedPlan(
    [simulatedHost('t', 'test', ['app']), slow, ...quick],
    [['slow', 'q1', 'q2', 'q3']],
    { expectedMs: 3_600_000 },
  )
  const world = simulatedWorld({})
  const window = (_startMs: number, needMs: number): WindowAnswer =>
    needMs > 3_600_000
      ? { open: false, says: 'too short', untilMs: 9_000_000_000 }
      : { open: true, endsMs: null }
  const end = await execute(plan, fold(plan, world.events), { ...world.ports, window })
  for (const { host } of quick) assert.equal(end.state.hosts[host]?.outcome, 'done', host)
  assert.equal(end.state.hosts['slow']?.phase, 'waiting')
  assert.deepEqual(end.waits, [{ gate: 'window', host: 'slow', says: 'too short', untilMs: 9_000_000_000 }])
  assert.equal(end.nextMs, 9_000_000_000)
})

test('of a whole wave that waits, each reason is said, and no more', async () => {
  const names = Array.from({ length: 50 }, (_, at) => `p${at}`)
  const plan = simulatedPlan(
    [simulatedHost('t', 'test', ['app']), ...names.map((name) => simulatedHost(name, 'production', ['app']))],
    [names],
    { atOnce: 2, failureBudget: 2 },
  )
  const world = simulatedWorld({})
  const shut = { open: false, says: 'shut', untilMs: 9_000_000_000 } as const
  const { state } = await execute(plan, fold(plan, world.events), { ...world.ports, window: () => shut })
  const verdict = mayStart(plan, state, world.ports.now(), { window: () => shut, stopping: false })
  assert.ok(verdict.verdict === 'wait')
  assert.deepEqual(
    verdict.waits.map((wait) => wait.host),
    ['p0', 'p1'],
  )
})
