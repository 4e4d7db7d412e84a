import { resolve } from 'node:path'
import { leftOutOfTest, unlikeEstate } from '../../core/cleanup/against-estate.ts'
import { approvalOf, says } from '../../core/cleanup/approval.ts'
import { pendingArchives } from '../../core/cleanup/archive.ts'
import { freezeAt } from '../../core/cleanup/gate.ts'
import { mostInFlight } from '../../core/gate/in-flight.ts'
import type { ResolvedEstate, ResolvedSystem } from '../../core/estate/resolved.ts'
import { type ExitName, exitNameOf, worstExit } from '../../core/exit.ts'
import type { CleanupPlan, PlannedRule } from '../../schemas/cleanup-plan.ts'
import type { Problem } from '../../schemas/problem.ts'
import { type Shell, textOption } from '../command.ts'
import { systemNamed } from '../estate-file.ts'
import { keepHead, needsHead } from '../rollout/heads.ts'
import { eachAtMost } from '../../connect/limit.ts'
import { hostsInHand } from '../rollout/other-rollouts.ts'
import { keepPlan, readPlan } from '../rollout/plan-file.ts'
import type { Session } from '../rollout/session.ts'
import { refuse } from '../told.ts'
import { archive } from './archive.ts'
import { once } from './once.ts'
import { production } from './production.ts'
import { type Cleaned, sayHost, showCleaned } from './show.ts'

/** Test hosts that are cleaned up at the same time; in production the patch policy says how many. */
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
  const problems = [
    ...plan.problems,
    ...whyNot(estate, plan, approve),
    // A plan of another estate is stale, whatever else it says.
    ...(plan.estateDigest === estate.digest ? unlikeEstate(plan, system.value) : []),
  ]
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
    await eachAtMost(
      atOnce,
      plan.hosts.filter((host) => host.ring === which),
      async (host) => {
        const own = rules.filter(({ name }) => host.rules.includes(name))
        if (isStopped || own.length === 0) return
        const end = await once(session, plan, host, own, shell.now)
        if (end === null) return
        // A wrong clock is that host's alone.
        isStopped ||= end.rules.length === 0 && end.problem?.code !== 'gate/clock'
        cleaned.push({ host: host.host, ring: which, end })
        if (!shell.json) sayHost(shell, host.host, which, end)
      },
    )
  }
  if (needsHead(estate, session.events())) await keepHead(session, plan.id, session.tell)
  const unarchived = await archiveLeft(shell, session, system.value)
  await ring('test', plan.rules, testAtOnce)
  await keepHead(session, plan.id, session.tell)
  const waits = [
    ...unarchived,
    ...(await production(
      shell,
      session,
      plan,
      { before, approve, cleaned, untested: leftOutOfTest(plan, system.value) },
      ring,
      mostInFlight(system.value.policy),
    )),
    ...(plan.leftOut ?? []),
  ]
  const said = waits.length === 0 ? 'done' : `left over: ${waits.map(({ where }) => where).join(', ')}`
  await session.record({ type: 'cleanup.ended', data: { cleanup: plan.id, said } })
  await keepHead(session, plan.id, session.tell)
  showCleaned(shell, plan, cleaned, waits)
  const exits = [
    ...cleaned.map(({ end }): ExitName =>
      end.outcome === 'unknown' ? 'unknown' : end.problem === undefined ? 'ok' : exitNameOf(end.problem.code),
    ),
    ...waits.map(({ code }) => exitNameOf(code)),
  ]
  return worstExit(exits)
}

/** Archives what earlier runs could not, on hosts that may be cleaned up now; gives what stands in the way. */
async function archiveLeft(
  shell: Shell,
  session: Session,
  system: ResolvedSystem,
): Promise<readonly Problem[]> {
  const isFrozen = freezeAt(session.estate.freezes, system.name, shell.now()) !== undefined
  const left = pendingArchives(session.events(), system.name).filter(({ host }) =>
    system.hosts.some(({ name, ring }) => name === host && (ring === 'test' || !isFrozen)),
  )
  const problems: Problem[] = []
  for (const one of left) {
    const { said, problem } = await archive(session, one)
    if (!shell.json) shell.note(`${one.host}: ${said}`)
    if (problem !== undefined) problems.push(problem)
  }
  return problems
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
  const saying = (what: ReturnType<typeof says>) =>
    approve.filter((one) => plan.rules.some((rule) => says(one, rule) === what))
  const unknown = approve.filter((one) => plan.rules.every((rule) => says(one, rule) === 'nothing'))
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
    ...saying('another').map((found) => ({
      code: 'input/another-rule',
      what: 'This approves another state of the rule than the plan has; nothing was done.',
      found,
      expected: plan.rules.map(approvalOf).join(', '),
      fix: 'Look at the rule as it is now, and at what it took on test hosts.',
    })),
  ]
}

/** The values of an option that may be repeated. */
export function listOption(shell: Shell, name: string): readonly string[] {
  const value = shell.options[name]
  return Array.isArray(value) ? (value as readonly string[]) : []
}
