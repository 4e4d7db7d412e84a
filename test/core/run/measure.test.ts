import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apply, fold } from '../../../core/run/fold.ts'
import type { Told } from '../../../core/run/events.ts'
import { simulatedHost, simulatedPlan } from './fleet.ts'

const plan = simulatedPlan([simulatedHost('t', 'test', ['app'])], [])
const rollout = plan.id
const step = 'apt.install'
const end = { rollout, step, outcome: 'done', ms: 40, said: '' } as const

/** A controller begins a step and is gone; another one finds it ended so many ms after its beginning. */
function ms(afterMs: number): number | undefined {
  const told: readonly Told[] = [
    { type: 'host.started', subject: 't', data: { rollout, needMs: 1 }, timeMs: 0 },
    { type: 'step.started', subject: 't', data: { rollout, step, resume: false }, timeMs: 1000 },
    { type: 'run.started', data: { rollout, token: 2, pid: 2 }, timeMs: 900 + afterMs },
    { type: 'step.started', subject: 't', data: { rollout, step, resume: true }, timeMs: 960 + afterMs },
  ]
  const state = fold(plan, told)
  const ended = apply(plan, state, { type: 'step.ended', subject: 't', data: end, timeMs: 1000 + afterMs })
  return ended.hosts['t']?.ended[step]?.ms
}

test('a step that another controller began took as long as from its beginning, not from the reattachment', () => {
  assert.equal(ms(20_000), 20_000)
})

test('what nobody watched counts at most as long as the step may take', () => {
  const limitMs = plan.hosts[0]?.steps.find(({ id }) => id === step)?.limitMs
  assert.equal(ms(36_000_000), limitMs)
})
