import { resolve } from 'node:path'
import { removeUnitFiles } from '../../connect/unit.ts'
import { hostSoFar } from '../../core/cleanup/evidence.ts'
import type { CleanupEnd } from '../../core/cleanup/events.ts'
import { freezeAt, productionGate } from '../../core/cleanup/gate.ts'
import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import { type ExitName, exitNameOf, worstExit } from '../../core/exit.ts'
import { leaseLostError } from '../../core/run/execute.ts'
import type { CleanupPlan, PlannedRule } from '../../schemas/cleanup-plan.ts'
import type { Problem } from '../../schemas/problem.ts'
import { type Shell, textOption } from '../command.ts'
import { systemNamed } from '../estate-file.ts'
import { inGroups } from '../rollout/in-groups.ts'
import { hostsInHand } from '../rollout/other-rollouts.ts'
import { personOf } from '../rollout/person.ts'
import { keepPlan, readPlan } from '../rollout/plan-file.ts'
import type { Session } from '../rollout/session.ts'
import { refuse } from '../told.ts'
import { cleanHost, unitOf } from './host.ts'
import { type Cleaned, sayHost, showCleaned } from './show.ts'

/** Test hosts that are cleaned up at the same time; in production it is `atOnce` of the patch policy. */
const testAtOnce = 4

/** Carries out a plan: test hosts first, then in production the rules that were tried and let go. */
export async function cleanUp(shell: Shell, estate: ResolvedEstate, session: Session): Promise<ExitName> {
  const file = textOption(shell, 'plan') ?? 'cleanup.json'
  const read = await readPlan('cleanup', resolve(shell.cwd, file), file)
  if (!read.ok) return refuse(shell, read.problems)
  const plan = read.value
  const system = systemNamed(estate, plan.system)
  if (!system.ok) return refuse(shell, system.problems)
  const approve = listOption(shell, 'approve')
  const before = [...session.events()]
  const problems = [...plan.problems, ...whyNot(estate, plan, approve)]
  if (problems.length > 0) return refuse(shell, problems)
  const inHand = await hostsInHand(
    estate,
    before,
    plan.hosts.map(({ host }) => host),
  )
  if (inHand.length > 0) return refuse(shell, inHand)
  const begun = await begin(shell, session, plan)
  if (!begun.ok) return refuse(shell, begun.problems)

  const cleaned: Cleaned[] = []
  async function ring(
    which: 'test' | 'production',
    rules: readonly PlannedRule[],
    atOnce: number,
  ): Promise<void> {
    let isStopped = false
    await inGroups(
      plan.hosts.filter((host) => host.ring === which),
      atOnce,
      async (host) => {
        const own = rules.filter(({ name }) => host.rules.includes(name))
        if (isStopped || own.length === 0) return
        const end = await once(session, plan, host, own)
        if (end === null) return
        isStopped ||= end.rules.length === 0
        cleaned.push({ host: host.host, ring: which, end })
        if (!shell.json) sayHost(shell, host.host, which, end)
      },
    )
  }
  await ring('test', plan.rules, testAtOnce)
  const waits = [
    ...(await production(
      shell,
      session,
      plan,
      { before, approve, cleaned },
      ring,
      system.value.policy.atOnce,
    )),
  ]
  const said = waits.length === 0 ? 'done' : `production waits: ${waits.map(({ where }) => where).join(', ')}`
  await session.record({ type: 'cleanup.ended', data: { cleanup: plan.id, said } })
  showCleaned(shell, plan, cleaned, waits)
  const exits = [
    ...cleaned.map(({ end }): ExitName =>
      end.outcome === 'unknown' ? 'unknown' : end.problem === undefined ? 'ok' : exitNameOf(end.problem.code),
    ),
    ...waits.map(({ code }) => exitNameOf(code)),
  ]
  return worstExit(exits)
}

type Ring = (which: 'production', rules: readonly PlannedRule[], atOnce: number) => Promise<void>

async function production(
  shell: Shell,
  session: Session,
  plan: CleanupPlan,
  o: {
    readonly before: ReturnType<Session['events']>
    readonly approve: readonly string[]
    readonly cleaned: readonly Cleaned[]
  },
  ring: Ring,
  atOnce: number,
): Promise<readonly Problem[]> {
  const hosts = plan.hosts.filter((host) => host.ring === 'production')
  if (hosts.length === 0) return []
  const lost = o.cleaned.filter(({ end }) => end.outcome === 'unknown' || end.rules.length === 0)
  // What went wrong on a test host is told with that host.
  if (lost.length > 0) return []
  const { system } = plan
  const freeze = freezeAt(session.estate.freezes, system, shell.now())
  if (freeze !== undefined) {
    return [
      {
        code: 'gate/cleanup-frozen',
        what: `The freeze "${freeze.name}" holds ${system}: production is not cleaned up.`,
        where: freeze.name,
        expected: `after ${new Date(freeze.toMs).toISOString()}`,
        fix: 'Run the same plan again after it.',
      },
    ]
  }
  const rules = plan.rules.filter(({ name }) => hosts.some((host) => host.rules.includes(name)))
  const { before, approve } = o
  const gate = productionGate({ system, rules, events: session.events(), before, approve })
  for (const { name, digest } of gate.toApprove) {
    const reason = textOption(shell, 'reason') ?? 'cleanup run --approve'
    const by = personOf(shell)
    await session.record({
      type: 'cleanup.approved',
      data: { cleanup: plan.id, system, rule: name, digest, by, reason },
    })
  }
  await ring(
    'production',
    rules.filter(({ name }) => gate.open.includes(name)),
    atOnce,
  )
  return gate.problems
}

/**
 * Carries out rules on a host, announced before and told after. What was carried out there in this clean-up is not begun
 * again; what was begun, and of which nobody knows how it ended, is asked for first. Null when nothing is left to do.
 */
async function once(
  session: Session,
  plan: CleanupPlan,
  host: CleanupPlan['hosts'][number],
  rules: readonly PlannedRule[],
): Promise<CleanupEnd | null> {
  const { done, open } = hostSoFar(session.events(), plan.id, host.host)
  if (open.length > 0) {
    const again = await carryOut(
      session,
      plan,
      host,
      plan.rules.filter(({ digest }) => open.includes(digest)),
    )
    if (again.rules.length === 0) return again
    return (await once(session, plan, host, rules)) ?? again
  }
  const left = rules.filter(({ digest }) => !done.includes(digest))
  return left.length === 0 ? null : carryOut(session, plan, host, left)
}

async function carryOut(
  session: Session,
  plan: CleanupPlan,
  host: CleanupPlan['hosts'][number],
  rules: readonly PlannedRule[],
): Promise<CleanupEnd> {
  const { id: cleanup } = plan
  const { host: subject, ring } = host
  const begun = rules.map(({ name, digest }) => ({ name, digest }))
  await session.record({ type: 'cleanup.host.started', subject, data: { cleanup, ring, rules: begun } })
  const end = await cleanHost(session, plan, host, rules)
  // It is the other controller's now: how it ends is not for this one to say.
  if (end.problem?.code === 'host/fenced') throw leaseLostError(end.problem)
  await session.record({ type: 'cleanup.host.ended', subject, data: { cleanup, ring, ...end } })
  if (end.outcome === 'unknown') return end
  const open = await session.pool.get(subject)
  // What can not be removed now is small, and harms nothing.
  if (open.ok) await removeUnitFiles(open.value, unitOf(cleanup, 'clean-'), session.fence)
  return end
}

async function begin(shell: Shell, session: Session, plan: CleanupPlan) {
  const kept = await keepPlan(session.estate.stateDir, plan)
  if (!kept.ok) return kept
  const isBegun = session
    .events()
    .some(({ type, data }) => type === 'cleanup.started' && data['cleanup'] === plan.id)
  if (!isBegun) {
    const reason = textOption(shell, 'reason') ?? 'cleanup run'
    await session.record({
      type: 'cleanup.started',
      data: { cleanup: plan.id, plan: plan.digest, system: plan.system, reason },
    })
  }
  return kept
}

function whyNot(estate: ResolvedEstate, plan: CleanupPlan, approve: readonly string[]): readonly Problem[] {
  const unknown = approve.filter((name) => !plan.rules.some((rule) => rule.name === name))
  return [
    ...(plan.estateDigest === estate.digest
      ? []
      : [
          {
            code: 'plan/stale',
            what: 'The estate file changed since the plan of the clean-up was made; nothing was done.',
            found: `SHA-256 ${estate.digest}`,
            expected: `SHA-256 ${plan.estateDigest}`,
            fix: 'Make a new plan with `upkeep cleanup plan`.',
          },
        ]),
    ...unknown.map((name) => ({
      code: 'input/planned-rule',
      what: 'The plan has no rule of clean-up of this name.',
      found: name,
      expected: plan.rules.map((rule) => rule.name).join(', '),
    })),
  ]
}

/** The values of an option that may be repeated. */
export function listOption(shell: Shell, name: string): readonly string[] {
  const value = shell.options[name]
  return Array.isArray(value) ? (value as readonly string[]) : []
}
