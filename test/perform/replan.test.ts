import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { readEstate } from '../../core/estate/read.ts'
import type { ResolvedSystem } from '../../core/estate/resolved.ts'
import { patchSteps, waysBack } from '../../playbooks/patch-steps.ts'
import { perform } from '../../playbooks/perform/perform.ts'
import { whatWouldDiffer } from '../../playbooks/rollout/replan.ts'
import { subjectOf } from '../../playbooks/rollout/subject.ts'
import type { HostPlan } from '../../schemas/plan.ts'
import { simulatedHost } from '../core/run/fleet.ts'
import { performing, simulatedHostWorld } from './world.ts'

const path = join(import.meta.dirname, '../../playbooks/init-estate.yaml')
const sample = readFileSync(path, 'utf8')

function erp(text = sample): ResolvedSystem {
  const read = readEstate(path, text)
  const system = read.ok ? read.value.estate.systems['erp'] : undefined
  if (system === undefined) throw new Error('the sample estate has no erp')
  return system
}

/** The plan of a production host, as it is read from its file. */
function planned(system: ResolvedSystem): HostPlan {
  const host = system.hosts.find((one) => one.ring === 'production' && one.packages === 'apt')
  if (host === undefined) throw new Error('no production host')
  const { packages } = simulatedHost(host.name, 'production', host.roles)
  const subject = subjectOf(system, host, packages, 'r1')
  const plan = {
    ...simulatedHost(host.name, 'production', host.roles),
    steps: [...patchSteps(subject)],
    back: waysBack(subject),
  }
  return JSON.parse(JSON.stringify(plan)) as HostPlan
}

test('an estate that changed in what concerns no step of a host lets its rollout go on', () => {
  const plan = planned(erp())
  assert.deepEqual(whatWouldDiffer(erp(), plan, 'r1'), [])
  const other = erp(
    sample.replaceAll('Saturday', 'Sunday').replace(/^ {4}title: .*/m, '    title: Another name'),
  )
  assert.deepEqual(whatWouldDiffer(other, plan, 'r1'), [])
})

test('an estate that changed in what concerns a step makes the host stale, naming host and step', async () => {
  const system = erp()
  const plan = planned(system)
  const longer = { ...system, policy: { ...system.policy, observeMs: 1 + system.policy.observeMs } }
  assert.deepEqual(whatWouldDiffer(longer, plan, 'r1'), ['step check.observe is another one now'])
  const never = { ...system, policy: { ...system.policy, reboot: 'never' as const } }
  assert.ok(whatWouldDiffer(never, plan, 'r1').includes('step host.reboot is gone'))
  const without = { ...system, hosts: system.hosts.filter((host) => host.name !== plan.host) }
  assert.match(whatWouldDiffer(without, plan, 'r1').join(), /no host .* any more/)

  const change = { wouldDiffer: (host: HostPlan) => whatWouldDiffer(longer, host, 'r1') }
  const world = simulatedHostWorld({ change })
  const { step, context } = performing(world, { kind: 'fresh' })
  const end = await perform(world, { ...plan, packages: [], watched: {} }, step, context)
  assert.equal(end.outcome, 'failed')
  assert.equal(end.problem?.code, 'plan/stale')
  assert.equal(end.problem?.where, plan.host)
  assert.match(end.said, /step check\.observe is another one now/)
})
