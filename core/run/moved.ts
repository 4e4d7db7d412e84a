import type { PatchPlan } from '../../schemas/plan.ts'
import { hostPlanOf } from './plan-index.ts'
import type { RolloutState } from './state.ts'

/** A schema that a patch has moved, and the test host whose patch it was. */
export type MovedSchema = { readonly host: string; readonly database: string }

/** Schemas of databases that the patches of a rollout move, as the test ring has shown. */
export function movedSchemas(plan: PatchPlan, state: RolloutState): readonly MovedSchema[] {
  return plan.test.flat().flatMap((host) => {
    const ended = state.hosts[host]?.ended ?? {}
    return (hostPlanOf(plan, host)?.steps ?? []).flatMap(({ id, action }) =>
      action.kind === 'schema.look' && ended[id]?.facts?.['moved'] === true
        ? [{ host, database: action.database }]
        : [],
    )
  })
}
