import { digestOf } from '../digest.ts'
import type { ResolvedCleanupRule, ResolvedFreeze } from '../estate/resolved.ts'
import type { Event } from '../../schemas/event.ts'
import type { PlannedRule } from '../../schemas/cleanup-plan.ts'
import type { Problem } from '../../schemas/problem.ts'
import { approvedBy, isTried } from './evidence.ts'

/** A rule as a plan carries it, with the digest of all that it says: a changed rule is another one. */
export function plannedRule(rule: ResolvedCleanupRule): PlannedRule {
  const copy = JSON.parse(JSON.stringify(rule)) as Omit<PlannedRule, 'digest'>
  return { ...copy, digest: digestOf(copy) }
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
        what: `The clean-up rule ${name}, as it is now, was not carried out on a test host of ${o.system}: production waits.`,
        where: name,
        fix: 'See what became of it on the test hosts; a test host needs a role and the directories of the rule.',
      })
    } else if (approvedBy(o.events, o.system, digest) !== undefined) open.push(name)
    else if (o.approve.includes(name) && isTried(o.before, o.system, digest)) {
      toApprove.push(rule)
      open.push(name)
    } else
      problems.push({
        code: 'gate/cleanup-first-run',
        what: `The clean-up rule ${name} is new or changed and has been tried on test hosts: its first run in production waits for a person.`,
        where: name,
        fix: `Look at what it took there (upkeep journal show), then run again with --approve ${name}.`,
      })
  }
  return { open, toApprove, problems }
}
