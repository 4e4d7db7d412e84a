import type { Step } from '../../schemas/plan.ts'
import type { Subject } from './subject.ts'

function nameOf(subject: Subject): string {
  return `upkeep-${subject.rollout}`
}

/** Takes a snapshot of the whole host below it, and checks that it is complete. */
export function take(subject: Subject): Step {
  return {
    id: 'snapshot.take',
    does: 'snapshot.take',
    says: 'take a snapshot of the host and check that it is complete',
    effect: 'prepares',
    limitMs: subject.limitMs,
    action: {
      kind: 'snapshot.take',
      name: nameOf(subject),
      ...(subject.outsideSnapshot.length === 0 ? {} : { outside: [...subject.outsideSnapshot] }),
    },
  }
}

/** Stops the host, swaps the snapshot in and boots; the host as it was is kept until the snapshot goes. */
export function restore(subject: Subject, id: string): Step {
  return {
    id,
    does: 'snapshot.restore',
    says: 'stop the host, put the snapshot in its place, boot it',
    effect: 'restores',
    limitMs: subject.limitMs,
    action: { kind: 'snapshot.restore', name: nameOf(subject) },
  }
}

/** Removes the snapshot, and what its restoring has replaced; on test hosts, where both ways back were rehearsed by then. */
export function remove(subject: Subject): Step {
  return {
    id: 'snapshot.remove',
    does: 'snapshot.remove',
    says: 'remove the snapshot and what was replaced by it',
    effect: 'tidies',
    limitMs: subject.limitMs,
    action: { kind: 'snapshot.remove', name: nameOf(subject) },
  }
}
