import type { Step } from '../../schemas/plan.ts'
import type { Subject } from './subject.ts'

/** Directory on the host of what guards a step, or all steps of a rollout. */
export function guardDirectory(rollout: string, step?: string): string {
  return `/var/lib/upkeep/guard/${rollout}${step === undefined ? '' : `/${step}`}`
}

/**
 * What a step that may cut the access has besides: without a confirmation over a new login within this time the host
 * goes back by itself. Every step that changes packages, restarts services or boots may: which package breaks which
 * way in is known only afterwards. Nothing where an old version is missing, as there is no way back to go then, and
 * nothing with dnf, on which no host has shown yet that it goes back by itself.
 */
export function confirmed(subject: Subject): Pick<Step, 'confirmWithinMs'> {
  const isComplete = subject.changes.every((change) => change.from !== null || change.fromVersion === null)
  const isShown = subject.manager === undefined
  return isShown && isComplete && subject.confirmMs > 0 ? { confirmWithinMs: subject.confirmMs } : {}
}
