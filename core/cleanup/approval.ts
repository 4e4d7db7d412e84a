import type { PlannedRule } from '../../schemas/cleanup-plan.ts'

/** Digits of a rule's digest that name it in an approval. */
const digits = 12

/** A rule and which state of it a person has looked at, as `--approve` takes it: `NAME@DIGEST`. */
export function approvalOf({ name, digest }: PlannedRule): string {
  return `${name}@${digest.slice(0, digits)}`
}

/** What an approval says of a rule: nothing, that it may go, or that another state of it may. */
export function says(approval: string, { name, digest }: PlannedRule): 'nothing' | 'go' | 'another' {
  const [of, state] = approval.split('@')
  if (of !== name) return 'nothing'
  // Who leaves it out means the rule as the plan at hand has it.
  if (state === undefined) return 'go'
  return state.length >= 8 && digest.startsWith(state) ? 'go' : 'another'
}
