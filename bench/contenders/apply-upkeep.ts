import { readFileSync, writeFileSync } from 'node:fs'
import { fold } from '../../core/run/fold.ts'
import type { RolloutEvent, Told } from '../../core/run/events.ts'
import { hostPlanOf } from '../../core/run/plan-index.ts'
import { openEstate, systemNamed } from '../../playbooks/estate-file.ts'
import { perform } from '../../playbooks/perform/perform.ts'
import { openSession } from '../../playbooks/rollout/session.ts'
import { worldOf } from '../../playbooks/rollout/world.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import type { Result } from '../../schemas/problem.ts'
import { onlyShell } from './only-shell.ts'

// The installing part of a rollout on all hosts of a plan at once, by the product's own session, journal and steps.

/**
 * Steps of each host: what is there before is recorded; bytes are sent, installed in a unit, and looked at. By default all;
 * `record` only the first and `install` only the others, what was recorded being handed over by a file beside the plan.
 */
const parts = {
  record: ['manifest.take'],
  install: ['packages.send', 'apt.install', 'check.patched'],
  all: ['manifest.take', 'packages.send', 'apt.install', 'check.patched'],
} as const

const [, , estatePath = '', planPath = '', wish = 'all'] = process.argv
const steps = parts[wish as keyof typeof parts]
const toldBefore = `${planPath}.told`
const plan = JSON.parse(readFileSync(planPath, 'utf8')) as PatchPlan
const shell = onlyShell(estatePath)
const estate = must(await openEstate(shell))
const system = must(systemNamed(estate, plan.system))
const session = must(await openSession(shell, estate))
const world = worldOf(shell, session, system, plan)
const told: Told[] = wish === 'install' ? (JSON.parse(readFileSync(toldBefore, 'utf8')) as Told[]) : []
let done = 0

async function tell(event: RolloutEvent): Promise<void> {
  told.push(await session.tell(event))
}

async function onHost(name: string): Promise<void> {
  const host = hostPlanOf(plan, name)
  const rollout = plan.id
  if (host === undefined) throw new Error(`no plan for ${name}`)
  if (wish !== 'install') await tell({ type: 'host.started', subject: name, data: { rollout, needMs: 0 } })
  for (const part of steps) {
    const step = host.steps.find(({ id }) => id === part)
    if (step === undefined) throw new Error(`${name} has no step ${part}`)
    await tell({ type: 'step.started', subject: name, data: { rollout, step: step.id, resume: false } })
    const end = await perform(world, host, step, { rollout, resume: false, state: fold(plan, told) })
    await tell({ type: 'step.ended', subject: name, data: { rollout, step: step.id, ...end } })
    if (end.outcome !== 'done') return console.error(`${name} ${step.id}: ${end.said}`)
  }
  done += 1
}

try {
  await Promise.all(plan.hosts.map(({ host }) => onHost(host)))
} finally {
  await session.close()
}
if (wish === 'record') writeFileSync(toldBefore, JSON.stringify(told))
console.log(JSON.stringify({ done }))

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}
