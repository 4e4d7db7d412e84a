import type { PatchPlan } from '../../schemas/plan.ts'
import { apart } from './apart.ts'
import type { ResourceChange } from './resource.ts'
import { hostRules, stackRules } from './risks.ts'
import { type Found, type HostRule, type RiskClass, riskClasses, type StackRule } from './rule.ts'

/** What one rule says of one resource or host: data alone, whose names and values are those of others. */
export type Verdict = Required<Found> & {
  readonly class: RiskClass
  readonly rule: string
  /** URN of a resource, or name of a host. */
  readonly subject: string
  readonly source: string
}

/** All verdicts on what a stack would change, most dangerous first; the same for the same changes in any order. */
export function classifyStack(
  changes: readonly ResourceChange[],
  rules: readonly StackRule[] = stackRules,
): readonly Verdict[] {
  const judged = changes.flatMap(apart)
  return inOrder(
    rules.flatMap((rule) =>
      judged.flatMap(({ change, isCertain }) =>
        rule.finds(change).map((one) => verdict(rule, change.urn, isCertain ? one : { ...one, isCertain })),
      ),
    ),
  )
}

/** All verdicts on what a rollout would change, most dangerous first. */
export function classifyHosts(plan: PatchPlan, rules: readonly HostRule[] = hostRules): readonly Verdict[] {
  return inOrder(
    rules.flatMap((rule) => rule.finds(plan).map(({ host, ...one }) => verdict(rule, host, one))),
  )
}

function verdict(rule: StackRule | HostRule, subject: string, one: Found): Verdict {
  return {
    class: rule.class,
    rule: rule.id,
    subject,
    property: one.property,
    was: one.was,
    becomes: one.becomes,
    says: one.says,
    isCertain: one.isCertain ?? true,
    source: rule.source,
  }
}

const severity = new Map(Object.keys(riskClasses).map((name, index) => [name, index]))

/** Most dangerous first, then by the text of the verdict, in code units: no locale decides; what is said twice once. */
function inOrder(verdicts: readonly Verdict[]): readonly Verdict[] {
  const byText = new Map(
    verdicts.map((one) => [
      JSON.stringify([one.rule, one.subject, one.property, one.was, one.becomes, one.says, one.isCertain]),
      one,
    ]),
  )
  const rank = (one: Verdict) => severity.get(one.class) ?? 0
  return [...byText]
    .sort(([a, one], [b, other]) => rank(one) - rank(other) || (a < b ? -1 : a > b ? 1 : 0))
    .map(([, one]) => one)
}
