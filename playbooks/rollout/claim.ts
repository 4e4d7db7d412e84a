import type { RolloutState } from '../../core/run/state.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import type { Problem, Result } from '../../schemas/problem.ts'
import type { World } from '../perform/context.ts'

/**
 * Shows this controller's token to every host of a rollout that has not ended, those that control its traffic, and the
 * hypervisor below them: from now on they refuse the controller before, which may still live. A host that does not
 * answer now learns it from its next step. Gives the problem `host/fenced` when one of them refuses this controller.
 */
export async function claimHosts(
  plan: PatchPlan,
  state: RolloutState,
  world: World,
): Promise<Problem | undefined> {
  const open = plan.hosts.filter((one) => state.hosts[one.host]?.phase !== 'ended')
  const control = open.flatMap((one) =>
    one.steps.flatMap(({ action }) => (action.kind === 'traffic' ? action.hosts : [])),
  )
  const names = [...new Set([...open.map((one) => one.host), ...control])]
  const answers = await Promise.all([
    ...names.map((name) => claim(world, name)),
    ...open.map((one) => world.snapshots?.claim(one.host)),
  ])
  return answers
    .flatMap((answer) => (answer === undefined || answer.ok ? [] : answer.problems))
    .find((problem) => problem.code === 'host/fenced')
}

async function claim(world: World, name: string): Promise<Result<unknown>> {
  const host = await world.host(name)
  return host.ok ? host.value.run(':', { root: true, fence: world.fence, timeoutMs: 60_000 }) : host
}
