import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execute } from '../../../core/run/execute.ts'
import type { Told } from '../../../core/run/events.ts'
import { fold } from '../../../core/run/fold.ts'
import { next } from '../../../core/run/next.ts'
import type { PatchPlan } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const open = { window: () => ({ open: true, endsMs: null }) as const, stopping: false }

function planOf(names: readonly string[], policy: Partial<PatchPlan['policy']>): PatchPlan {
  const production = names.map((name) => simulatedHost(name, 'production', ['app']))
  return simulatedPlan([simulatedHost('t', 'test', ['app']), ...production], [names], policy)
}

/** What the next controller does first. */
function firstOfNextRun(plan: PatchPlan, events: readonly Told[]): readonly string[] {
  const timeMs = Math.max(...events.map((event) => event.timeMs))
  const came: Told = { type: 'run.started', data: { rollout: plan.id, token: 2, pid: 1 }, timeMs }
  const { effects } = next(plan, fold(plan, [...events, came]), timeMs, open)
  return effects.map((effect) => `${effect.do} ${'host' in effect ? effect.host : ''}`)
}

test('who takes over from a lost link asks for it, and begins no other host before the answer', async () => {
  const plan = planOf(['p1', 'p2', 'p3'], { failureBudget: 3, atOnce: 2 })
  const world = simulatedWorld({
    fault: (host, step) => (host === 'p1' && step.id === 'apt.install' ? 'unknown' : undefined),
  })
  const end = await execute(plan, fold(plan, world.events), world.ports)
  assert.equal(end.state.hosts['p2']?.outcome, 'done')
  assert.deepEqual(firstOfNextRun(plan, world.events), ['step p1'])
})

test('who takes over from a lost link on the way back takes back no other host before the answer', async () => {
  const names = ['p1', 'p2', 'p3']
  const plan = planOf(names, { failureBudget: 3, atOnce: 2 })
  const patched = simulatedWorld({})
  await execute(plan, fold(plan, patched.events), patched.ports)
  const data = { rollout: plan.id, hosts: names, way: 'packages', reason: 'wrong totals' } as const
  const events: Told[] = [...patched.events, { type: 'rollback.asked', data, timeMs: patched.ports.now() }]
  const world = simulatedWorld({
    events,
    fault: (host, step) => (host === 'p3' && step.does === 'apt.downgrade' ? 'unknown' : undefined),
  })
  const end = await execute(plan, fold(plan, events), world.ports)
  assert.equal(end.state.hosts['p2']?.outcome, 'undone')
  assert.deepEqual(firstOfNextRun(plan, events), ['step p3'])
})

// Fault 13, controllers: the clock was put back.
// Outcome: an answer about the backup from a time to come does not count.
test('an answer about the backup from a time to come does not count: the clock was put back', async () => {
  const plan = planOf(['p1'], { backupMaxAgeMs: 3_600_000 })
  const world = simulatedWorld({})
  const none = { ...world.ports, askBackup: async () => ({ timeMs: null, said: 'none' }) }
  const { state } = await execute(plan, fold(plan, world.events), none)
  const nowMs = world.ports.now()
  const begins = (askedMs: number) =>
    next(plan, { ...state, backup: { askedMs, timeMs: nowMs, said: 'good' } }, nowMs, open).effects.map(
      (effect) => effect.do,
    )
  assert.deepEqual(begins(nowMs), ['host.start'])
  assert.deepEqual(begins(nowMs + 1), ['backup.ask'])
  assert.deepEqual(begins(nowMs - 600_001), ['backup.ask'])
})

test('a rollout does not end while a host is about to begin, however slow the disk is', async () => {
  const plan = planOf(['p1', 'p2', 'p3'], { failureBudget: 3, atOnce: 2 })
  const t = { ...simulatedHost('t', 'test', ['app'], { rehearsal: 'none' }) }
  const unproven = { ...plan, hosts: [t, ...plan.hosts.slice(1)] }
  const world = simulatedWorld({
    fault: (host, step) =>
      (host === 'p1' && step.id === 'check.before') || (host === 'p2' && step.id === 'check.observe')
        ? 'failed'
        : undefined,
  })
  const ports: typeof world.ports = {
    ...world.ports,
    async tell(event) {
      // The third host begins so late that the second one is stuck by then, and all others have ended.
      const isStuck = () => world.events.some((told) => told.type === 'host.ended' && told.subject === 'p2')
      if (event.type === 'host.started' && event.subject === 'p3') {
        for (let turns = 0; turns < 10_000 && !isStuck(); turns += 1) await Promise.resolve()
        for (let turns = 0; turns < 100; turns += 1) await Promise.resolve()
      }
      return world.ports.tell(event)
    },
  }
  const end = await execute(unproven, fold(unproven, world.events), ports)
  assert.equal(end.state.hosts['p2']?.outcome, 'stuck')
  assert.equal(end.state.hosts['p3']?.outcome, 'done')
  assert.equal(end.state.outcome, 'stopped')
  const after = world.events.slice(world.events.findIndex((told) => told.type === 'rollout.ended') + 1)
  assert.deepEqual(
    after.map((told) => told.type),
    ['mail.started', 'mail.ended'],
  )
})
