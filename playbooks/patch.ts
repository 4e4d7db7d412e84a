import { resolve } from 'node:path'
import type { ResolvedEstate } from '../core/estate/resolved.ts'
import type { ExitName } from '../core/exit.ts'
import type { PatchPlan } from '../schemas/plan.ts'
import type { Problem } from '../schemas/problem.ts'
import { type Shell, textOption } from './command.ts'
import { openEstate, systemNamed } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { refuse } from './told.ts'

/** Patch rollout: plan on every host, then test hosts first, then production behind snapshots, with two ways back. */
export async function run(shell: Shell): Promise<ExitName> {
  if (shell.argv[1] === 'reviewed') return reviewed(shell)
  if (shell.argv[1] === 'expire' && shell.options['dry-run'] !== true) return expire(shell)
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  switch (shell.argv[1]) {
    case 'plan':
      return plan(shell, estate.value)
    case 'run':
      return rollOut(shell, estate.value)
    case 'expire':
      return wouldExpire(shell, estate.value)
    default:
      return (await import('./rollout/status.ts')).showStatus(shell, estate.value)
  }
}

// Each verb loads what it needs: a look at the status must not cost what a rollout does.
async function plan(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const [{ makePlan }, { showPlan }, { planVerb }] = await Promise.all([
    import('./rollout/make-plan.ts'),
    import('./show/plan.ts'),
    import('./plan-verb.ts'),
  ])
  return planVerb(shell, estate, { make: makePlan, show: showPlan, file: 'plan.json' })
}

async function expire(shell: Shell): Promise<ExitName> {
  const [{ inSession }, { expireNow }] = await Promise.all([
    import('./in-session.ts'),
    import('./rollout/expire-verb.ts'),
  ])
  return inSession(shell, (estate, session) => expireNow(shell, estate, session))
}

async function wouldExpire(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const [{ readEvents }, { showExpiry }] = await Promise.all([
    import('./rollout/status.ts'),
    import('./rollout/expire-verb.ts'),
  ])
  const events = await readEvents(estate)
  return events.ok ? showExpiry(shell, estate, events.value) : refuse(shell, events.problems)
}

async function reviewed(shell: Shell): Promise<ExitName> {
  const [{ inSession }, verb] = await Promise.all([
    import('./in-session.ts'),
    import('./rollout/reviewed.ts'),
  ])
  return inSession(shell, (estate, session) => verb.reviewed(shell, estate, session))
}

async function rollOut(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const [
    { readPlan },
    { begin, carryOn, exitOf },
    { rolloutIds },
    { openSession },
    { showEnd },
    { zoneOf },
    { snapshotsOf },
  ] = await Promise.all([
    import('./rollout/plan-file.ts'),
    import('./rollout/run.ts'),
    import('./rollout/rollouts.ts'),
    import('./rollout/session.ts'),
    import('./show/end.ts'),
    import('./show/when.ts'),
    import('./rollout/world.ts'),
  ])
  const file = textOption(shell, 'plan') ?? 'plan.json'
  const plan = await readPlan('patch', resolve(shell.cwd, file), file)
  if (!plan.ok) return refuse(shell, plan.problems)
  if (plan.value.problems.length > 0) return refuse(shell, plan.value.problems)
  const system = systemNamed(estate, plan.value.system)
  if (!system.ok) return refuse(shell, system.problems)
  if (plan.value.estateDigest !== estate.digest)
    return refuse(shell, [estateMoved(estate, plan.value.estateDigest)])
  const session = await openSession(shell, estate)
  if (!session.ok) return refuse(shell, session.problems)
  try {
    const known = rolloutIds(session.value.events()).find((one) => one.id === plan.value.id)
    if (known !== undefined && known.plan !== plan.value.digest)
      return refuse(shell, [anotherPlan(plan.value, file, known.plan)])
    if (known === undefined) {
      const reason = textOption(shell, 'reason') ?? 'patch run'
      const begun = await begin(shell, session.value, system.value, plan.value, reason)
      if (!begun.ok) return refuse(shell, begun.problems)
    }
    const end = await carryOn(shell, session.value, system.value, plan.value)
    const shown = { timeZone: zoneOf(estate, plan.value.system), snapshots: snapshotsOf(system.value) }
    showEnd(shell, plan.value, end, shown)
    return exitOf(end)
  } finally {
    await session.value.close()
  }
}

function estateMoved(estate: ResolvedEstate, planned: string) {
  return {
    code: 'plan/stale',
    what: 'The estate file changed since the plan was made; nothing was done.',
    found: `SHA-256 ${estate.digest}`,
    expected: `SHA-256 ${planned}`,
    fix: 'Make a new plan with `upkeep patch plan`.',
  }
}

function anotherPlan({ id, digest }: PatchPlan, where: string, begun: string): Problem {
  return {
    code: 'plan/stale',
    what: `The rollout ${id} has begun with another plan than this one; nothing was done.`,
    where,
    found: `SHA-256 ${digest}`,
    expected: `SHA-256 ${begun}, as the journal has it`,
    fix: 'Go on with `upkeep resume`, or make a new plan with `upkeep patch plan`.',
  }
}

void runAsScript(import.meta.url, 'patch')
