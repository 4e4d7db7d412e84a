import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import type { StepEnd } from '../../../core/run/events.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const controls = [
  { scope: 'host', hosts: ['lb'], close: ['close'], open: ['open'] },
  { scope: 'system', hosts: ['lb'], close: ['page on'], open: ['page off'] },
] as const

/** The steps by which a production host with two controls is opened, after this step of it has ended so. */
async function opened(step: string, outcome: StepEnd['outcome']): Promise<readonly string[]> {
  const traffic = controls.map((one) => ({ ...one, hosts: [...one.hosts] }))
  const plan = simulatedPlan(
    [simulatedHost('t', 'test', ['app']), simulatedHost('p', 'production', ['app'], { traffic })],
    [['p']],
  )
  const world = simulatedWorld({
    fault: (host, at) => (host === 'p' && at.id === step ? outcome : undefined),
  })
  await execute(plan, fold(plan, world.events), world.ports)
  if (outcome === 'unknown') {
    const data = { rollout: plan.id, as: 'undone', reason: 'seen', by: 'ann' } as const
    world.events.push({ type: 'host.settled', subject: 'p', data, timeMs: world.ports.now() })
    await execute(plan, fold(plan, world.events), world.ports)
  }
  assert.equal(fold(plan, world.events).hosts['p']?.outcome, 'failed')
  return world.performed.flatMap((line) => (line.startsWith('p traffic.open') ? [line.slice(2)] : []))
}

test('what Upkeep never closed is not opened: a host that a person had drained stays drained', async () => {
  assert.deepEqual(await opened('check.before', 'failed'), [])
})

test('what was closed, or may have been, is opened again, and no other control', async () => {
  const all = ['traffic.open-untouched', 'traffic.open-untouched-also-1']
  assert.deepEqual(await opened('traffic.close', 'failed'), ['traffic.open-untouched-also-1'])
  assert.deepEqual(await opened('traffic.close', 'unknown'), ['traffic.open-untouched-also-1'])
  assert.deepEqual(await opened('traffic.close-also-1', 'failed'), all)
  assert.deepEqual(await opened('snapshot.take', 'failed'), all)
})

test('traffic counts as given back once the last of several controls is', async () => {
  const plan = simulatedPlan(
    [
      simulatedHost('t', 'test', ['app'], {
        traffic: controls.map((one) => ({ ...one, hosts: [...one.hosts] })),
      }),
    ],
    [],
  )
  const world = simulatedWorld({})
  await execute(plan, fold(plan, world.events), world.ports)
  const closedAfter = (step: string) => {
    const at = world.events.findIndex((event) => event.type === 'step.ended' && event.data.step === step)
    return fold(plan, world.events.slice(0, at + 1)).hosts['t']?.closed
  }
  assert.equal(closedAfter('traffic.open'), true)
  assert.equal(closedAfter('traffic.open-also-1'), false)
})
