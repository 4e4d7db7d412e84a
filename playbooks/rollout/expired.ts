import type { Problem } from '../../schemas/problem.ts'

/** The problem of a rollout whose packages have expired: nothing of it can be done or undone any more. */
export function expired(rollout: string): Problem {
  return {
    code: 'gate/expired',
    what: 'The packages of this rollout have expired: it can neither go on nor be taken back.',
    where: rollout,
    fix: 'Make a new plan. How long they are kept is patch.keepPackages in the estate.',
  }
}
