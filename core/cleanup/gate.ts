import { digestOf } from '../digest.ts'
import type { ResolvedCleanupRule, ResolvedFreeze, ResolvedHost } from '../estate/resolved.ts'
import type { Event } from '../../schemas/event.ts'
import type { PlannedRule } from '../../schemas/cleanup-plan.ts'
import type { Problem } from '../../schemas/problem.ts'
import { approvalOf, says } from './approval.ts'
import { approvedBy, isTried } from './evidence.ts'

/** A rule as a plan carries it, with the digest of all that it says: a changed rule is another one. */
export function plannedRule(rule: ResolvedCleanupRule, quarantineMs: number): PlannedRule {
  const written = { ...rule, quarantineMs: rule.regenerable ? null : quarantineMs }
  const copy = JSON.parse(JSON.stringify(written)) as Omit<PlannedRule, 'digest'>
  return { ...copy, digest: digestOf(copy) }
}

/** Whether a rule is for a host, by its roles. */
export function isFor(rule: PlannedRule, host: ResolvedHost): boolean {
  return rule.roles === null || rule.roles.some((role) => host.roles.includes(role))
}

/** The freeze that a system is in; undefined when nothing keeps production from being cleaned up. */
export function freezeAt(
  freezes: readonly ResolvedFreeze[],
  system: string,
  nowMs: number,
): ResolvedFreeze | undefined {
  return freezes.find(
    ({ fromMs, toMs, systems }) =>
      fromMs <= nowMs && nowMs < toMs && (systems === undefined || systems.includes(system)),
  )
}

/**
 * Which rules may go to production, and why the others wait. A rule that is new or changed has to be carried out on a test
 * host, and then a person lets it go. `before` are the events before this run: nobody can approve what he has not seen.
 */
export function productionGate(o: {
  readonly system: string
  readonly rules: readonly PlannedRule[]
  readonly events: readonly Event[]
  readonly before: readonly Event[]
  readonly approve: readonly string[]
}): {
  readonly open: readonly string[]
  readonly toApprove: readonly PlannedRule[]
  readonly problems: readonly Problem[]
} {
  const open: string[] = []
  const toApprove: PlannedRule[] = []
  const problems: Problem[] = []
  for (const rule of o.rules) {
    const { name, digest } = rule
    if (!isTried(o.events, o.system, digest)) {
      problems.push({
        code: 'gate/cleanup-untried',
        what: `The clean-up rule ${name}, as it is now, has not taken anything on a test host of ${o.system}, without trouble: production waits.`,
        where: name,
        fix: 'See what became of it on the test hosts; one of them needs the role and the directories of the rule, and something in them that is old enough to go.',
      })
    } else if (approvedBy(o.events, o.system, digest) !== undefined) open.push(name)
    else if (o.approve.some((one) => says(one, rule) === 'go') && isTried(o.before, o.system, digest)) {
      toApprove.push(rule)
      open.push(name)
    } else
      problems.push({
        code: 'gate/cleanup-first-run',
        what: `The clean-up rule ${name} is new or changed and has been tried on test hosts: its first run in production waits for a person.`,
        where: name,
        fix: `Look at what it took there (upkeep journal show), then run again with --approve ${approvalOf(rule)}.`,
      })
  }
  return { open, toApprove, problems }
}
