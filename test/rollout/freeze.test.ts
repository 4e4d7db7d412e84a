import assert from 'node:assert/strict'
import test from 'node:test'
import { readEstate } from '../../core/estate/read.ts'
import { execute } from '../../core/run/execute.ts'
import type { Told } from '../../core/run/events.ts'
import { fold } from '../../core/run/fold.ts'
import { windowOf } from '../../playbooks/rollout/run.ts'
import { valueOf } from '../core/journal/open-state.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from '../core/run/fleet.ts'

const names = ['p1', 'p2', 'p3', 'p4']

/** What the estate says of the time of a system: Saturday night in Shanghai, and an hour of it that is frozen. */
function windowOfEstate() {
  const host = (ring: string) => ({ ring, roles: ['app'] })
  const text = JSON.stringify({
    version: 1,
    name: 'example',
    timeZone: 'Asia/Shanghai',
    contacts: { li: { name: 'Li' } },
    connection: { user: 'root', key: 'none' },
    windows: { night: { days: ['saturday'], start: '22:00', duration: '6h' } },
    freezes: [{ from: '2026-11-22T00:00', to: '2026-11-22T01:00', name: 'stock-taking' }],
    systems: {
      erp: {
        tier: 'office',
        snapshot: { nspawn: { directory: 'machines' } },
        owner: 'li',
        window: 'night',
        roles: { app: {} },
        hosts: { t: host('test'), ...Object.fromEntries(names.map((name) => [name, host('production')])) },
      },
    },
  })
  const { estate } = valueOf(readEstate('/estate.yaml', text))
  return windowOf({ estate, events: () => [] }, estate.systems['erp'] ?? assert.fail())
}

for (const at of ['traffic.close', 'apt.install', 'check.patched']) {
  // Fault 27, people: a freeze begins while hosts of a wave are under way and others wait for their turn.
  // Outcome: those under way are finished, no other begins; after the freeze the wave goes on.
  test(`a freeze begins in mid-wave, at ${at}: who is under way is finished, no other begins before its end`, async () => {
    const hosts = names.map((name) => simulatedHost(name, 'production', ['app']))
    const plan = simulatedPlan([simulatedHost('t', 'test', ['app']), ...hosts], [names], {
      atOnce: 2,
      failureBudget: 2,
    })
    const [freezeMs, thawMs] = [Date.UTC(2026, 10, 21, 16), Date.UTC(2026, 10, 21, 17)]
    const data = { rollout: 'r1', plan: plan.digest, system: 'erp', reason: 'test' }
    const events: Told[] = [{ type: 'rollout.started', data, timeMs: Date.UTC(2026, 10, 21, 14) }]
    const window = windowOfEstate()
    const world = simulatedWorld({
      events,
      fault(host, step) {
        const nowMs = world.ports.now()
        if (host === 'p1' && step.id === at) world.advance(freezeMs + 60_000 - nowMs)
        return undefined
      },
    })
    const end = await execute(plan, fold(plan, world.events), { ...world.ports, window })
    const outcomes = () => names.map((name) => fold(plan, world.events).hosts[name]?.outcome)
    assert.deepEqual(outcomes(), ['done', 'done', null, null])
    assert.ok(!world.performed.some((line) => /^p[34] /.test(line)), world.performed.join())
    const ended = events.filter(({ type, timeMs }) => type === 'host.ended' && timeMs > freezeMs)
    assert.ok(ended.length > 0, 'they were finished in the freeze')
    const [wait] = end.waits
    assert.deepEqual([wait?.gate, wait?.untilMs, end.nextMs], ['window', thawMs, thawMs])
    assert.match(wait?.says ?? '', /freeze/i)

    world.advance(thawMs - world.ports.now())
    await execute(plan, fold(plan, world.events), { ...world.ports, window })
    assert.deepEqual(outcomes(), ['done', 'done', 'done', 'done'])
    const begun = events.filter(({ type }) => type === 'host.started')
    assert.ok(begun.every(({ timeMs }) => timeMs < freezeMs || timeMs >= thawMs))
  })
}
