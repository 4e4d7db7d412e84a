import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execute } from '../../../core/run/execute.ts'
import type { Told } from '../../../core/run/events.ts'
import { apply, fold } from '../../../core/run/fold.ts'
import { wayBack } from '../../../core/run/next.ts'
import type { RolloutState } from '../../../core/run/state.ts'
import type { PatchPlan } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const names = ['p1', 'p2', 'p3']

function planOf(scope: 'host' | 'system'): PatchPlan {
  const traffic = [{ scope, hosts: ['lb'], close: ['close'], open: ['open'] }]
  const host = (name: string, ring: 'test' | 'production') =>
    simulatedHost(name, ring, ['app'], { traffic, rehearsal: 'none' })
  const hosts = [host('t1', 'test'), host('t2', 'test'), ...names.map((name) => host(name, 'production'))]
  return simulatedPlan(hosts, [names], { failureBudget: 3, atOnce: 3 })
}

/** The most hosts that were on their way at once. */
function mostAtOnce(events: readonly Told[], ring: string): number {
  let [now, most] = [0, 0]
  for (const event of events) {
    if (!('subject' in event) || !event.subject.startsWith(ring)) continue
    if (event.type === 'host.started') now += 1
    if (event.type === 'host.ended') now -= 1
    most = Math.max(most, now)
  }
  return most
}

test('hosts that close the whole system are on their way one at a time, the others as many as planned', async () => {
  for (const [scope, test, production] of [
    ['system', 1, 1],
    ['host', 2, 3],
  ] as const) {
    const plan = planOf(scope)
    const world = simulatedWorld({})
    const end = await execute(plan, fold(plan, world.events), world.ports)
    assert.equal(end.state.outcome, 'done')
    assert.equal(mostAtOnce(world.events, 't'), test)
    assert.equal(mostAtOnce(world.events, 'p'), production)
  }
})

/** Two hosts side by side: one has done its steps up to its open, the other one those up to `step`. */
function sideBySide(scope: 'host' | 'system', step: string): { plan: PatchPlan; state: RolloutState } {
  const plan = planOf(scope)
  const of = (type: string, subject: string, data: object) =>
    ({ type, subject, timeMs: 1, data: { rollout: plan.id, ...data } }) as unknown as Told
  const walked = (host: string, until: string) => {
    const steps = plan.hosts.find((one) => one.host === host)?.steps ?? []
    return steps
      .slice(
        0,
        steps.findIndex(({ id }) => id === until),
      )
      .flatMap(({ id }) => [
        of('step.started', host, { step: id, resume: false }),
        of('step.ended', host, { step: id, outcome: 'done', ms: 1, said: '' }),
      ])
  }
  const events = [
    of('host.started', 'p1', { needMs: 1 }),
    of('host.started', 'p2', { needMs: 1 }),
    ...walked('p1', 'traffic.open'),
    ...walked('p2', step),
  ]
  const before = fold(plan, events)
  return {
    plan,
    state: apply(plan, before, of('step.started', 'p1', { step: 'traffic.open', resume: false })),
  }
}

test('who opens the system opens it above the hosts beside it, whose snapshot would take rows away', () => {
  const patched = sideBySide('system', 'check.verify').state.hosts['p2']
  assert.ok(patched?.opened)
  assert.equal(wayBack(patched, false), 'packages')

  const taking = sideBySide('system', 'snapshot.take')
  const data = { rollout: taking.plan.id, step: 'snapshot.take', outcome: 'done', ms: 1, said: '' } as const
  const taken = apply(taking.plan, taking.state, { type: 'step.ended', subject: 'p2', timeMs: 2, data })
  assert.ok(taken.hosts['p2']?.opened, 'its snapshot is of a host in use, though it had closed the system')

  assert.equal(sideBySide('system', 'traffic.close').state.hosts['p2']?.opened, false, 'not closed yet')
  const own = sideBySide('host', 'check.verify').state.hosts['p2']
  assert.equal(own?.opened, false, 'a host that is closed by itself stays closed')
})
