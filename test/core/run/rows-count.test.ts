import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RolloutEvent, StepEnd } from '../../../core/run/events.ts'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import type { Step } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const databases = [{ name: 'erp', port: 5432 }]

function planOf(rehearsal: 'both' | 'snapshot', stateless = false) {
  const ofHost = (name: string, ring: 'test' | 'production') => ({
    ...simulatedHost(name, ring, ['db'], { databases, rehearsal }),
    stateless,
  })
  return simulatedPlan([ofHost('t', 'test'), ofHost('p', 'production')], [['p']])
}

/** Runs a rollout in which steps of the production host end so; then, if asked, takes that host back to its snapshot. */
async function ran(
  plan: ReturnType<typeof planOf>,
  ends: Readonly<Record<string, StepEnd['outcome']>>,
  asked?: Partial<Extract<RolloutEvent, { type: 'rollback.asked' }>['data']>,
) {
  const fault = (host: string, { id }: Step) => (host === 'p' ? ends[id] : undefined)
  const world = simulatedWorld({ fault })
  let end = await execute(plan, fold(plan, world.events), world.ports)
  if (asked !== undefined) {
    const data = { rollout: 'r1', hosts: ['p'], way: 'snapshot', reason: 'wrong totals', ...asked } as const
    await world.ports.tell({ type: 'rollback.asked', data })
    world.performed.length = 0
    end = await execute(plan, fold(plan, world.events), world.ports)
  }
  const performed = world.performed.flatMap((line) => (line.startsWith('p ') ? [line.slice(2)] : []))
  const turns = world.events.flatMap((event) => (event.type === 'host.turned' ? [event.data] : []))
  return { end, performed, turns, host: end.state.hosts['p'] ?? assert.fail() }
}

const breaks = { 'check.verify': 'failed' } as const
const written = { ...breaks, 'rows.count-5432': 'failed' } as const

test('where nobody wrote since, the snapshot comes back; the closed host is not closed again', async () => {
  const { host, performed } = await ran(planOf('both'), breaks)
  assert.equal(host.outcome, 'undone')
  const back = performed.slice(performed.indexOf('check.verify') + 1)
  assert.deepEqual(back.slice(0, 2), ['rows.count-5432', 'snapshot.restore-back'])
  assert.ok(!performed.includes('traffic.close-snapshot-back'))
})

// Fault, hosts: a batch job writes into the database of a host that is closed for its patch, and the patch fails.
// Outcome: what it wrote is counted and dumped, the old packages come back instead of the snapshot, and every row stays.
test('where somebody wrote though it was closed, the rehearsed old packages come back, and no snapshot', async () => {
  const { host, performed, turns } = await ran(planOf('both'), written)
  assert.equal(host.outcome, 'undone')
  assert.deepEqual(
    turns.map(({ way }) => way),
    ['snapshot', 'packages'],
  )
  assert.match(turns[1]?.why ?? '', /^check\.verify: .*; rows\.count-5432: /)
  assert.ok(!performed.includes('snapshot.restore-back'))
  assert.ok(performed.includes('apt.downgrade-packages-back'))
})

test('where they were not rehearsed either, the host is left to a person', async () => {
  const { host, performed } = await ran(planOf('snapshot'), written)
  assert.equal(host.outcome, 'stuck')
  assert.match(host.said, /rows\.count-5432.*the way back "packages" was not rehearsed/)
  assert.ok(!performed.some((id) => id === 'snapshot.restore-back' || id.startsWith('apt.downgrade')))
})

test('an estate that says nothing is kept there never turns in circles', async () => {
  const { host } = await ran(planOf('both', true), written)
  assert.equal(host.outcome, 'stuck')
})

test('whether somebody wrote is not known: nothing is put back until it is', async () => {
  const { end, performed } = await ran(planOf('both'), { ...breaks, 'rows.count-5432': 'unknown' })
  assert.equal(end.waits[0]?.gate, 'unknown')
  assert.ok(!performed.includes('snapshot.restore-back'))
})

const mayLose = { 'rows.count-5432': 3 }

test('a person who agreed has the open host closed, counted again, put back, and opened', async () => {
  const { end, host, performed } = await ran(planOf('both'), {}, { mayLose, by: 'ada@ops' })
  assert.equal(host.outcome, 'undone')
  assert.deepEqual(host.mayLose, { transactions: mayLose, by: 'ada@ops', was: 'done' })
  assert.deepEqual(performed.slice(0, 3), [
    'traffic.close-snapshot-back',
    'rows.count-5432',
    'snapshot.restore-back',
  ])
  assert.ok(performed.includes('traffic.open-snapshot-back'))
  assert.equal(end.state.outcome, 'rolled-back')
  assert.match(end.state.said, /back on their snapshots/)
})

test('more than the person agreed to ends stuck: nothing is put back, and no other way is taken for them', async () => {
  const { host, performed, turns } = await ran(
    planOf('both'),
    { 'rows.count-5432': 'failed' },
    { mayLose, by: 'ada@ops' },
  )
  assert.equal(host.outcome, 'stuck')
  assert.deepEqual(performed, ['traffic.close-snapshot-back', 'rows.count-5432'])
  assert.deepEqual(turns, [])
})

test('a stuck host may go back to its snapshot; one whose turn never comes stays stuck', async () => {
  const plan = planOf('snapshot')
  const back = await ran(plan, written, { mayLose, by: 'ada@ops' })
  assert.equal(back.host.mayLose?.was, 'stuck')

  const world = simulatedWorld({
    fault: (host, { id }) => (host === 'p' ? written[id as 'check.verify'] : undefined),
  })
  await execute(plan, fold(plan, world.events), world.ports)
  const asked = { rollout: 'r1', hosts: ['p'], way: 'snapshot', reason: 'r', by: 'ada@ops', mayLose } as const
  await world.ports.tell({ type: 'rollback.asked', data: asked })
  await world.ports.tell({
    type: 'stop.asked',
    data: { rollout: 'r1', reason: 'wait', by: 'bo@ops', end: true },
  })
  const end = await execute(plan, fold(plan, world.events), world.ports)
  assert.equal(end.state.hosts['p']?.outcome, 'stuck')
})

/** Where a production host stands whose controller is killed when these steps of its way back have ended, and what is due. */
async function killedAfter(planned: ReturnType<typeof planOf>, last: string) {
  const world = simulatedWorld({
    fault: (host, { id }) => (host === 'p' ? breaks[id as 'check.verify'] : undefined),
  })
  await execute(planned, fold(planned, world.events), world.ports)
  const at = world.events.findIndex(
    (event) =>
      (event.type === 'step.ended' || event.type === 'step.started') &&
      event.subject === 'p' &&
      `${event.type} ${event.data.step}` === last,
  )
  assert.ok(at > 0, last)
  const run = { type: 'run.started', data: { rollout: 'r1', token: 2, pid: 2 }, timeMs: 9e9 } as const
  const { hosts } = fold(planned, [...world.events.slice(0, at + 1), run])
  return Object.keys(hosts['p']?.ended ?? {})
}

// Fault, controllers: one is killed between the count and the snapshot, and taken over hours later.
// Outcome: what was counted then is counted anew, unless the snapshot may be on its way already.
test('a count says nothing to the next controller, unless the restore has begun', async () => {
  const planned = planOf('both')
  assert.ok(!(await killedAfter(planned, 'step.ended rows.count-5432')).includes('rows.count-5432'))
  for (const last of ['step.started snapshot.restore-back', 'step.ended snapshot.restore-back'])
    assert.ok((await killedAfter(planned, last)).includes('rows.count-5432'), last)
})
