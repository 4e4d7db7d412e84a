import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execute, type RunPorts } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import type { ResolvedWindow } from '../../../core/estate/resolved.ts'
import { windowVerdict } from '../../../core/gate/window.ts'
import type { PatchPlan, Step } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

function pair(): PatchPlan {
  return simulatedPlan(
    [simulatedHost('t', 'test', ['app']), simulatedHost('p', 'production', ['app'])],
    [['p']],
  )
}

async function run(plan: PatchPlan, world: ReturnType<typeof simulatedWorld>) {
  return execute(plan, fold(plan, world.events), world.ports)
}

function outcomes(end: Awaited<ReturnType<typeof execute>>) {
  return Object.fromEntries(Object.entries(end.state.hosts).map(([name, host]) => [name, host.outcome]))
}

test('test goes both ways back before production is opened', async () => {
  const world = simulatedWorld({})
  const end = await run(pair(), world)
  assert.deepEqual(outcomes(end), { t: 'done', p: 'done' })
  assert.equal(end.state.outcome, 'done')
  const first = world.performed.findIndex((line) => line.startsWith('p '))
  assert.ok(world.performed.indexOf('t manifest.compare-snapshot') < first)
  assert.ok(world.performed.indexOf('t manifest.compare-packages') < first)
  assert.equal(world.performed.filter((line) => line === 'p apt.install').length, 1)
})

test('production that fails before opening goes back by snapshot, after opening by packages', async () => {
  for (const [step, way] of [
    ['check.verify', 'snapshot.restore-back'],
    ['check.observe', 'apt.downgrade-packages-back'],
  ] as const) {
    const world = simulatedWorld({
      fault: (host, at) => (host === 'p' && at.id === step ? 'failed' : undefined),
    })
    const end = await run(pair(), world)
    assert.deepEqual(outcomes(end), { t: 'done', p: 'undone' })
    assert.equal(end.state.outcome, 'stopped')
    assert.ok(world.performed.includes(`p ${way}`), `${step} -> ${way}`)
  }
})

test('a sick host is not started', async () => {
  const world = simulatedWorld({
    fault: (host, at) => (host === 'p' && at.id === 'check.before' ? 'failed' : undefined),
  })
  const end = await run(pair(), world)
  assert.deepEqual(outcomes(end), { t: 'done', p: 'failed' })
  assert.ok(!world.performed.some((line) => line.startsWith('p apt.') || line.startsWith('p snapshot.')))
})

test('a test host that fails keeps production shut and is undone', async () => {
  const world = simulatedWorld({
    fault: (host, at) => (host === 't' && at.id === 'check.verify' ? 'failed' : undefined),
  })
  const end = await run(pair(), world)
  assert.deepEqual(outcomes(end), { t: 'undone', p: null })
  assert.ok(!world.performed.some((line) => line.startsWith('p ')))
})

test('a way back that was not rehearsed is not used: the host is stuck', async () => {
  const test = simulatedHost('t', 'test', ['app'], { rehearsal: 'none' })
  const plan = simulatedPlan([test, simulatedHost('p', 'production', ['app'])], [['p']])
  const world = simulatedWorld({
    fault: (host, at) => (host === 'p' && at.id === 'check.verify' ? 'failed' : undefined),
  })
  const end = await run(plan, world)
  assert.deepEqual(outcomes(end), { t: 'done', p: 'stuck' })
  assert.ok(!world.performed.includes('p snapshot.restore-back'))
})

// Fault 23, hosts: no snapshot can be taken, or nobody knows whether it was.
// Outcome: the host is not patched, and no other is begun.
test('without a snapshot no package changes', async () => {
  for (const [outcome, end] of [
    ['failed', 'failed'],
    ['unknown', null],
  ] as const) {
    const world = simulatedWorld({
      fault: (host, at) => (host === 'p1' && at.id === 'snapshot.take' ? outcome : undefined),
    })
    const production = ['p1', 'p2'].map((name) => simulatedHost(name, 'production', ['app']))
    const plan = simulatedPlan([simulatedHost('t', 'test', ['app']), ...production], [['p1'], ['p2']])
    const ran = await run(plan, world)
    assert.deepEqual(outcomes(ran), { t: 'done', p1: end, p2: null })
    if (outcome === 'unknown') assert.equal(ran.waits[0]?.gate, 'unknown')
    assert.ok(!world.performed.includes('p1 apt.install'))
    assert.ok(!world.performed.some((line) => line.startsWith('p2 ')))
  }
})

// Fault 23, hosts: a way back fails. Outcome: the host is stuck.
test('a way back that fails leaves the host stuck', async () => {
  const world = simulatedWorld({
    fault: (host, at) =>
      host === 'p' && ['check.verify', 'snapshot.restore-back'].includes(at.id) ? 'failed' : undefined,
  })
  assert.deepEqual(outcomes(await run(pair(), world)), { t: 'done', p: 'stuck' })
})

// Fault 3, hosts: nobody knows how a host ended. Outcome: the wave stops until a later run settles it.
test('unknown stops the wave until a later run settles it', async () => {
  let lost = true
  const world = simulatedWorld({
    fault: (host, at) => (lost && host === 'p' && at.id === 'apt.install' ? 'unknown' : undefined),
  })
  const first = await run(pair(), world)
  assert.equal(first.state.status, 'running')
  assert.equal(first.waits[0]?.gate, 'unknown')
  lost = false
  const token = {
    type: 'run.started',
    data: { rollout: 'r1', token: 2, pid: 1 },
    timeMs: world.ports.now(),
  } as const
  world.events.push(token)
  const second = await run(pair(), world)
  assert.deepEqual(outcomes(second), { t: 'done', p: 'done' })
})

test('an unknown host is mailed once, not again while it stays so, and again when it was settled and is unknown anew', async () => {
  let lost: readonly string[] = ['apt.install']
  const world = simulatedWorld({
    fault: (host, at) => (host === 'p' && lost.includes(at.id) ? 'unknown' : undefined),
  })
  const mails = () =>
    world.events
      .filter(({ type }) => type === 'mail.started')
      .map((event) => 'subject' in event && event.subject)
  for (const [token, silent, told] of [
    [1, ['apt.install'], ['before', 'unknown']],
    [2, ['apt.install'], ['before', 'unknown']],
    [3, ['check.verify', 'apt.install-again', 'traffic.open'], ['before', 'unknown', 'unknown']],
    [4, [], ['before', 'unknown', 'unknown', 'after']],
  ] as const) {
    lost = silent
    world.events.push({
      type: 'run.started',
      data: { rollout: 'r1', token, pid: 1 },
      timeMs: world.ports.now(),
    })
    await run(pair(), world)
    assert.deepEqual(mails(), told, `run ${token}`)
  }
})

test('twenty hosts that all fail, ten at once wished, failure budget 2: exactly 2 are touched', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `p${index}`)
  const plan = simulatedPlan(
    [simulatedHost('t', 'test', ['app']), ...names.map((name) => simulatedHost(name, 'production', ['app']))],
    [names],
    { failureBudget: 2, atOnce: 10 },
  )
  const world = simulatedWorld({
    fault: (host, at) => (host !== 't' && at.id === 'apt.install' ? 'failed' : undefined),
  })
  const end = await run(plan, world)
  const touched = new Set(
    world.performed.filter((line) => line.includes(' apt.install')).map((line) => line.split(' ')[0]),
  )
  touched.delete('t')
  assert.equal(touched.size, 2)
  assert.equal(end.state.outcome, 'stopped')
})

test('killed after every event, the rollout ends in the same state and no finished step is done twice', async () => {
  const whole = simulatedWorld({})
  const wanted = await run(pair(), whole)
  for (let after = 1; after < whole.events.length - 1; after += 1) {
    const first = simulatedWorld({ dieAfter: after })
    await assert.rejects(run(pair(), first), /killed/)
    const ended = new Set(
      first.events.flatMap((event) =>
        event.type === 'step.ended' ? [`${event.subject} ${event.data.step}`] : [],
      ),
    )
    first.events.push({ type: 'run.started', data: { rollout: 'r1', token: 2, pid: 2 }, timeMs: 2_000_000 })
    const second = simulatedWorld({ events: first.events })
    const end = await run(pair(), second)
    assert.deepEqual(outcomes(end), outcomes(wanted))
    const again = second.performed.filter(
      (line) => ended.has(line) && !/ (check\.fresh|check\.before|manifest\.take)$/.test(line),
    )
    assert.deepEqual(again, [], `killed after ${after}`)
  }
})

test('hosts at work at the same time lose no event of each other, and nothing is told twice', async () => {
  const names = Array.from({ length: 10 }, (_, index) => `p${index}`)
  const plan = simulatedPlan(
    [simulatedHost('t', 'test', ['app']), ...names.map((name) => simulatedHost(name, 'production', ['app']))],
    [names],
    { failureBudget: 10, atOnce: 10 },
  )
  const world = simulatedWorld({})
  const end = await run(plan, world)
  assert.deepEqual(end.state, fold(plan, world.events))
  const told = world.events.map(({ timeMs: _timeMs, ...event }) => JSON.stringify(event))
  assert.deepEqual([...new Set(told)], told)
  assert.deepEqual([...new Set(world.performed)], world.performed)
})

test('no host starts that could not be finished and taken back in its window, by the times measured in test', async () => {
  const zone = 'Europe/Berlin'
  // Tuesday 22:00 to 22:30; the test hosts need 10 ms a step in this world, which is stretched to minutes here.
  const window: ResolvedWindow = {
    name: 'night',
    days: ['tuesday'],
    startMs: 22 * 3_600_000,
    durationMs: 30 * 60_000,
    cutoffMs: 0,
    timeZone: zone,
  }
  const gate: RunPorts['window'] = (nowMs, needMs) => {
    const verdict = windowVerdict({ window, freezes: [], system: 'erp', nowMs, needMs: needMs * 3000 })
    return verdict.open
      ? { open: true, endsMs: verdict.endsMs }
      : { open: false, gate: 'window', says: verdict.why, untilMs: verdict.nextOpenMs }
  }
  const opens = Date.parse('2026-11-24T21:00:00Z')
  const world = simulatedWorld({})
  await run(pair(), world) // measures nothing yet: this world has no window
  const [needMs] = world.events.flatMap((event) =>
    event.type === 'host.started' && event.subject === 'p' ? [event.data.needMs] : [],
  )
  const host = simulatedHost('p', 'production', ['app'])
  const back = Math.max(host.back.snapshot.length, host.back.packages.length, host.back.untouched.length)
  assert.equal(needMs, 10 * (host.steps.length + back), 'each step as long as in test, forward and back')

  for (const [at, outcome] of [
    [opens + 30 * 60_000 - 3000 * (needMs ?? 0) - 60_000, 'done'],
    [opens + 30 * 60_000 - 3000 * (needMs ?? 0) + 60_000, null],
    [opens - 60_000, null],
  ] as const) {
    const there = simulatedWorld({})
    there.advance(at - there.ports.now() - 10 * 200)
    const end = await execute(pair(), fold(pair(), there.events), { ...there.ports, window: gate })
    assert.equal(end.state.hosts['p']?.outcome, outcome, new Date(at).toISOString())
    if (outcome === null) assert.equal(end.waits[0]?.gate, 'window')
  }
})

test('soak, notice and backup hold production', async () => {
  const hosts = [simulatedHost('t', 'test', ['app']), simulatedHost('p', 'production', ['app'])]
  const plan = simulatedPlan(hosts, [['p']], { soakMs: 5000, noticeMs: 8000, backupMaxAgeMs: 1000 })
  const world = simulatedWorld({})
  const first = await run(plan, world)
  assert.deepEqual(
    first.waits.map((wait) => wait.gate),
    ['soak', 'notice'],
  )
  assert.equal(outcomes(first)['p'], null)
  world.advance(8001)
  const old = { ...world.ports, askBackup: async () => ({ timeMs: world.ports.now() - 2000, said: 'old' }) }
  const second = await execute(plan, fold(plan, world.events), old)
  assert.deepEqual(
    second.waits.map((wait) => wait.gate),
    ['backup'],
  )
  // Opened by a person, the gate is open for the next run at once.
  await world.ports.tell({ type: 'run.started', data: { rollout: plan.id, token: 2, pid: 1 } })
  const third = await run(plan, world)
  assert.deepEqual(outcomes(third), { t: 'done', p: 'done' })
})

test('every step id is unique on its host, forward and back', () => {
  const host = simulatedHost('t', 'test', ['app'], { databases: [{ name: 'erp', port: 5432 }] })
  const ids = [...host.steps, ...host.back.untouched, ...host.back.snapshot, ...host.back.packages].map(
    (step: Step) => step.id,
  )
  assert.deepEqual([...new Set(ids)], ids)
})
