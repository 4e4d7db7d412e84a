import { quoteAll } from '../../connect/quote.ts'
import type { RolloutState } from '../../core/run/state.ts'
import type { PatchPlan } from '../../schemas/plan.ts'

/** What a person must know and do of each host that a stopped rollout left stuck, as lines of a mail. */
export function leftToPeople(plan: PatchPlan, state: RolloutState): readonly string[] {
  const hosts = plan.hosts.flatMap(({ host, steps, back, standbys }) => {
    const one = state.hosts[host]
    if (one?.outcome !== 'stuck') return []
    const walked = [...steps, ...(one.way === null ? [] : back[one.way])]
    const open = walked.flatMap(({ effect, action }) =>
      effect === 'opens' && action.kind === 'traffic'
        ? [`  on ${action.hosts.join(', ')}: ${quoteAll(action.run)}`]
        : [],
    )
    return [
      '',
      `${host} is stuck: a person must act now.`,
      ...(one.closed
        ? ['Its traffic is STILL CLOSED. To open it, as root:', ...new Set(open)]
        : ['Its traffic is not closed.']),
      ...(one.snapshot ? [`Its snapshot upkeep-${plan.id} is held.`] : []),
      ...(standbys.length > 0 && one.way === 'snapshot'
        ? [`Standbys to rebuild: ${standbys.join(', ')}.`]
        : []),
      `When it is put right: upkeep settle ${host} --as done|undone --reason TEXT`,
    ]
  })
  return ['What had begun was undone unless a host is called stuck above.', ...hosts]
}
