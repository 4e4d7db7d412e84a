import type { Action } from '../../schemas/plan.ts'
import { act } from './ask.ts'
import { done, type Ended, failed, type Performing, unknown } from './context.ts'

/** Runs the estate's own command that closes or opens, on each host that controls the traffic. */
export async function switchTraffic(
  { world, step }: Performing,
  action: Extract<Action, { kind: 'traffic' }>,
): Promise<Ended> {
  for (const host of action.hosts) {
    const ran = await act(world, host, 'exec "$@"', action.run, step.limitMs)
    if (ran.ok) continue
    const lost = ran.problems.some((problem) => problem.code === 'host/lost')
    return lost ? unknown(`${host} did not say whether it did`) : failed(ran.problems)
  }
  return done(`${action.run.join(' ')} on ${action.hosts.join(', ')}`)
}
