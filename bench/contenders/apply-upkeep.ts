import { readFileSync } from 'node:fs'
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

/** What is done of each host's steps: what ran before is noted, bytes are sent, installed in a unit, and looked at. */
const parts = ['manifest.take', 'packages.send', 'apt.install', 'check.patched']

const [, , estatePath = '', planPath = ''] = process.argv
const plan = JSON.parse(readFileSync(planPath, 'utf8')) as PatchPlan
const shell = onlyShell(estatePath)
const estate = must(await openEstate(shell))
const system = must(systemNamed(estate, plan.system))
const session = must(await openSession(shell, estate))
const world = worldOf(shell, session, system, plan)
const told: Told[] = []
let done = 0

async function tell(event: RolloutEvent): Promise<void> {
  told.push(await session.tell(event))
}

async function onHost(name: string): Promise<void> {
  const host = hostPlanOf(plan, name)
  const rollout = plan.id
  if (host === undefined) throw new Error(`no plan for ${name}`)
  await tell({ type: 'host.started', subject: name, data: { rollout, needMs: 0 } })
  for (const part of parts) {
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
console.log(JSON.stringify({ done }))

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.value
}
