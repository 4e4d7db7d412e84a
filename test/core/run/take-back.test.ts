import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import type { Told } from '../../../core/run/events.ts'
import type { PatchPlan } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const production = ['db', 'app1', 'app2', 'lb']

function plan(atOnce: number): PatchPlan {
  const hosts = [
    simulatedHost('t', 'test', ['app']),
    ...production.map((host) => simulatedHost(host, 'production', ['app'])),
  ]
  return simulatedPlan(hosts, [['db'], ['app1', 'app2'], ['lb']], { failureBudget: 2, atOnce })
}

/** A whole rollout, and then a person who asks to take these hosts back. */
async function askedToTakeBack(of: PatchPlan, hosts: readonly string[]): Promise<Told[]> {
  const world = simulatedWorld({})
  await execute(of, fold(of, world.events), world.ports)
  const data = { rollout: of.id, hosts, way: 'packages', reason: 'wrong totals' } as const
  world.events.push({ type: 'rollback.asked', data, timeMs: world.ports.now() })
  return world.events
}

/** The hosts as they begin and end their way back: "+app1 -app1". */
function wayOf(events: readonly Told[]): string {
  const from = events.findIndex((event) => event.type === 'rollback.asked')
  const begun = new Set<string>()
  const words = events.slice(from).flatMap((event) => {
    if (event.type === 'host.ended') return [`-${event.subject}`]
    if (event.type !== 'step.started' || begun.has(event.subject)) return []
    begun.add(event.subject)
    return [`+${event.subject}`]
  })
  return words.join(' ')
}

test('hosts are taken back one after the other, the last that was patched first', async () => {
  const of = plan(1)
  const events = await askedToTakeBack(of, production)
  const world = simulatedWorld({ events })
  const end = await execute(of, fold(of, events), world.ports)
  assert.equal(wayOf(events), '+lb -lb +app2 -app2 +app1 -app1 +db -db')
  assert.equal(end.state.outcome, 'rolled-back')
  assert.equal(end.state.hosts['t']?.outcome, 'done', 'a host that nobody asked for stays')
  const mails = events.flatMap((event) => (event.type === 'mail.ended' ? [event.subject] : []))
  assert.deepEqual(mails, ['before', 'after', 'after'], 'people are told again')
})

test('as many go back at once as the plan allows, but no group before the one after it', async () => {
  const of = plan(2)
  const events = await askedToTakeBack(of, production)
  await execute(of, fold(of, events), simulatedWorld({ events }).ports)
  assert.match(wayOf(events), /^\+lb -lb \+app\d \+app\d -app\d -app\d \+db -db$/)
})

test('one that gets stuck stops the others, which are told to be patched still and may be asked for again', async () => {
  const of = plan(1)
  const events = await askedToTakeBack(of, production)
  const world = simulatedWorld({
    events,
    fault: (host, step) => (host === 'app2' && step.does === 'apt.downgrade' ? 'failed' : undefined),
  })
  const end = await execute(of, fold(of, events), world.ports)
  assert.equal(end.state.outcome, 'stopped')
  const outcomes = Object.fromEntries(production.map((host) => [host, end.state.hosts[host]?.outcome]))
  assert.deepEqual(outcomes, { db: 'done', app1: 'done', app2: 'stuck', lb: 'undone' })
  assert.ok(!world.performed.some((line) => /^(db|app1) .*-packages-back/.test(line)))
  assert.match(end.state.hosts['db']?.said ?? '', /still patched/)

  // The stuck one is not among them, so it stops nobody this time.
  const data = { rollout: of.id, hosts: ['db', 'app1'], way: 'packages', reason: 'the others' } as const
  events.push({ type: 'rollback.asked', data, timeMs: world.ports.now() })
  const again = await execute(of, fold(of, events), simulatedWorld({ events }).ports)
  assert.equal(again.state.hosts['app1']?.outcome, 'undone')
  assert.equal(again.state.hosts['db']?.outcome, 'undone')
})

test('one whose outcome nobody knows keeps the others waiting', async () => {
  const of = plan(1)
  const events = await askedToTakeBack(of, production)
  const world = simulatedWorld({
    events,
    fault: (host, step) => (host === 'lb' && step.does === 'apt.downgrade' ? 'unknown' : undefined),
  })
  const end = await execute(of, fold(of, events), world.ports)
  assert.equal(end.state.status, 'running')
  assert.deepEqual(
    end.waits.map((wait) => [wait.gate, wait.host]),
    [['unknown', 'lb']],
  )
  assert.equal(wayOf(events), '+lb')
})
