import assert from 'node:assert/strict'
import test from 'node:test'
import type { Fence } from '../../connect/fence.ts'
import type { Host } from '../../connect/remote.ts'
import { execute, leaseLostProblem } from '../../core/run/execute.ts'
import { fold } from '../../core/run/fold.ts'
import { perform } from '../../playbooks/perform/perform.ts'
import { claimHosts } from '../../playbooks/rollout/claim.ts'
import type { Action } from '../../schemas/plan.ts'
import { fail, ok } from '../../schemas/problem.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from '../core/run/fleet.ts'
import { performing, printed, printOver, simulatedHostWorld } from './world.ts'

const fenced = fail({ code: 'host/fenced', what: 'Another controller has taken over.' })

/** A world whose hosts and hypervisor refuse what shows a token, and answer what shows none. */
function laterControllerWorld() {
  const shown: (Fence | undefined)[] = []
  const answers = async (_: string, o: { readonly fence?: Fence | undefined }) => {
    shown.push(o.fence)
    return o.fence === undefined ? printed('none') : fenced
  }
  const host = {
    name: 't',
    run: answers,
    print: printOver(answers),
    send: async (_: unknown, o: { fence?: Fence }) => answers('', o),
  }
  const snapshots = {
    name: 'later',
    inspect: async () => ok({ freeBytes: 0, leftOut: [] }),
    has: async () => ok(true),
    list: async () => ok([]),
    claim: async () => fenced,
    take: async () => fenced,
    restore: async () => fenced,
    byHand: () => [],
    remove: async () => fenced,
  }
  return {
    shown,
    world: simulatedHostWorld({ change: { host: async () => ok(host as unknown as Host), snapshots } }),
  }
}

const changing: readonly Action[] = [
  { kind: 'script', script: 'true', args: [] },
  { kind: 'traffic', scope: 'host', hosts: ['t'], run: ['close'] },
  { kind: 'packages.send', files: [{ sha256: '0', path: '/a/b' }] },
  { kind: 'rows.mark', port: 5432, database: 'erp' },
  { kind: 'snapshot.take', name: 's' },
  { kind: 'snapshot.restore', name: 's' },
  { kind: 'snapshot.remove', name: 's' },
]

for (const action of changing) {
  test(`${action.kind} is refused once a later controller was seen, and says so`, async () => {
    const { world } = laterControllerWorld()
    const { planned, step, context } = performing(world, action)
    const end = await perform(world, planned, step, context)
    assert.equal(end.problem?.code, 'host/fenced', JSON.stringify(end))
  })
}

test('a look shows no token', async () => {
  const { world, shown } = laterControllerWorld()
  const { planned, step, context } = performing(world, { kind: 'rows.kept', port: 5432, database: 'erp' })
  await perform(world, planned, step, context)
  assert.deepEqual(shown, [undefined])
})

test('a refused step is left to the later controller: nothing is recorded of its end, nothing more is begun', async () => {
  const plan = simulatedPlan([simulatedHost('t', 'test', ['app'])], [])
  const world = simulatedWorld({})
  let performed = 0
  const ports = {
    ...world.ports,
    perform: async (...words: Parameters<typeof world.ports.perform>) => {
      performed += 1
      if (words[1].id !== 'apt.install') return world.ports.perform(...words)
      return { outcome: 'failed' as const, ms: 1, said: '', ...{ problem: fenced.problems[0] } }
    },
  }
  const cause: unknown = await execute(plan, fold(plan, world.events), ports as typeof world.ports).then(
    () => null,
    (error: unknown) => error,
  )
  assert.equal(leaseLostProblem(cause)?.code, 'host/fenced')
  const steps = world.events.flatMap((event) =>
    'step' in event.data ? [`${event.type} ${event.data.step}`] : [],
  )
  assert.equal(steps.at(-1), 'step.started apt.install')
  assert.equal(performed, steps.filter((line) => line.startsWith('step.started')).length)
})

test('a controller that takes over shows its token to every open host, its balancer and the hypervisor', async () => {
  const plan = simulatedPlan(
    [simulatedHost('t', 'test', ['app']), simulatedHost('p', 'production', ['app'])],
    [['p']],
  )
  const controls = plan.hosts.flatMap((one) =>
    one.steps.flatMap(({ action }) => (action.kind === 'traffic' ? action.hosts : [])),
  )
  const asked: string[] = []
  const { world } = laterControllerWorld()
  const { snapshots } = world
  assert.ok(snapshots)
  const host = async (name: string) => {
    asked.push(name)
    return ok({ run: async () => printed('') } as unknown as Host)
  }
  const claim = async (name: string) => {
    asked.push(`below ${name}`)
    return ok(undefined)
  }
  const state = fold(plan, [])
  const past = {
    ...state,
    hosts: { ...state.hosts, t: { ...state.hosts['t'], phase: 'ended' } },
  } as typeof state
  const claimed = await claimHosts(plan, past, { ...world, host, snapshots: { ...snapshots, claim } })
  assert.equal(claimed, undefined)
  assert.deepEqual(asked.sort(), [...new Set(['p', 'below p', ...controls])].sort())
  assert.equal((await claimHosts(plan, state, world))?.code, 'host/fenced')
})
