import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import { next } from '../../../core/run/next.ts'
import type { PatchPlan } from '../../../schemas/plan.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const production = ['p1', 'p2', 'p3']

function planOf(rehearsal: 'both' | 'none' = 'both'): PatchPlan {
  const hosts = [
    simulatedHost('t', 'test', ['app'], { rehearsal }),
    ...production.map((host) => simulatedHost(host, 'production', ['app'])),
  ]
  return simulatedPlan(hosts, [['p1'], ['p2'], ['p3']], { failureBudget: 2 })
}

type Fault = NonNullable<Parameters<typeof simulatedWorld>[0]['fault']>

/** Has the controller killed once p2 has announced, and perhaps ended, a step; then a person asks for the way back. */
async function askedAt(
  plan: PatchPlan,
  step: string,
  isEnded: boolean,
  asked: readonly string[],
  fault?: Fault,
) {
  const whole = simulatedWorld({})
  await execute(plan, fold(plan, whole.events), whole.ports)
  const at = whole.events.findIndex(
    (event) =>
      event.type === (isEnded ? 'step.ended' : 'step.started') &&
      event.subject === 'p2' &&
      event.data.step === step,
  )
  const events = whole.events.slice(0, at + 1)
  const timeMs = events.at(-1)?.timeMs ?? 0
  const data = { rollout: plan.id, hosts: asked, way: 'packages', reason: 'wrong totals' } as const
  events.push({ type: 'rollback.asked', data, timeMs })
  events.push({ type: 'run.started', data: { rollout: plan.id, token: 2, pid: 1 }, timeMs })
  const world = simulatedWorld({ events, ...(fault === undefined ? {} : { fault }) })
  const end = await execute(plan, fold(plan, events), world.ports)
  return { end, events, performed: world.performed, from: events.slice(at + 3) }
}

describe('a host that is on its way when a person asks for the way back', () => {
  for (const [step, isEnded, way, outcome, also] of [
    ['updaters.pause', true, 'untouched', 'failed', 'nothing of it was changed'],
    ['apt.install', false, 'snapshot', 'undone', 'what has begun ends before'],
    ['apt.install', true, 'snapshot', 'undone', 'nobody has used it since'],
    ['traffic.open', true, 'packages', 'undone', 'rows may have been written since'],
    ['manifest.take-patched', true, 'packages', 'undone', 'it was only not told to be done'],
  ] as const) {
    test(`goes back by ${way} after ${step}${isEnded ? '' : ' that has not ended'}: ${also}`, async () => {
      const { end, performed, from } = await askedAt(planOf(), step, isEnded, ['p1', 'p2'])
      assert.equal(end.state.hosts['p2']?.way, way)
      assert.equal(end.state.hosts['p2']?.outcome, outcome)
      assert.match(end.state.hosts['p2']?.why ?? '', /wrong totals/)
      const back = performed.findIndex((line) => /-back|untouched|take-found/.test(line))
      assert.deepEqual(performed.slice(0, back), isEnded ? [] : [`p2 ${step}`])
      assert.equal(end.state.hosts['p1']?.outcome, 'undone')
      const ends = from.flatMap((event) => (event.type === 'host.ended' ? [event.subject] : []))
      assert.deepEqual(ends, ['p2', 'p1'], 'what was under way comes back first')
      assert.equal(end.state.hosts['p3']?.phase, 'waiting')
      assert.equal(end.state.outcome, 'rolled-back')
    })
  }

  test('goes back though its way was not rehearsed: a person is there', async () => {
    const { end } = await askedAt(planOf('none'), 'apt.install', true, ['p1', 'p2'])
    assert.equal(end.state.hosts['p2']?.outcome, 'undone')
    const broken = await askedAt(planOf('none'), 'apt.install', false, ['p1', 'p2'], (host, step) =>
      host === 'p2' && step.id === 'apt.install' ? 'failed' : undefined,
    )
    assert.equal(broken.end.state.hosts['p2']?.outcome, 'undone')
  })

  test('goes back though another one got stuck: it waits for no turn', async () => {
    const plan = planOf()
    const { events } = await askedAt(plan, 'apt.install', true, ['p1', 'p2'])
    const turned = events.findIndex((event) => event.type === 'host.turned' && event.subject === 'p2')
    const stuck = { rollout: plan.id, outcome: 'stuck', said: '' } as const
    const told = [
      ...events.slice(0, turned + 1),
      { type: 'host.ended', subject: 'p1', data: stuck, timeMs: 1 } as const,
    ]
    const gates = { window: () => ({ open: true, endsMs: null }) as const, stopping: false }
    const [effect] = next(plan, fold(plan, told), 1, gates).effects
    assert.ok(effect?.do === 'step' && effect.host === 'p2', JSON.stringify(effect))
  })

  test('is taken back too when it alone is asked for, or another one only', async () => {
    for (const asked of [['p2'], ['p1']]) {
      const { end } = await askedAt(planOf(), 'apt.install', true, asked)
      assert.equal(end.state.hosts['p2']?.outcome, 'undone')
      assert.equal(end.state.hosts['p3']?.phase, 'waiting')
    }
  })
})

test('the end of a way back names every host that is still patched', async () => {
  const all = await askedAt(planOf(), 'apt.install', true, ['p1', 'p2'])
  assert.equal(all.end.state.said, 'the asked hosts are back on their old packages; still patched: t')
  const one = await askedAt(planOf(), 'apt.install', true, ['p2'])
  assert.equal(one.end.state.said, 'the asked hosts are back on their old packages; still patched: t, p1')
})
