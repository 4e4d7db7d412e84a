import type { RunPorts, Deciding } from '../../core/run/execute.ts'
import type { Told } from '../../core/run/events.ts'
import { advance, apply, fold, ownHosts } from '../../core/run/fold.ts'
import { next } from '../../core/run/next.ts'
import type { RolloutState } from '../../core/run/state.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { isSame } from './same.ts'
import { isOfHost } from './seen.ts'
import type { Watch } from './watch.ts'

/** A bug that is planted into what a controller consists of. */
export type Planted = {
  readonly deciding?: (right: Deciding) => Deciding
  readonly ports?: (right: RunPorts) => RunPorts
}

/** The deciding functions of one controller with the watch around them. */
export type Observed = Deciding & {
  /** Holds the state that the controller had, with what it did not hear any more, against the fold of the journal. */
  readonly compare: () => void
}

/**
 * Wraps what a controller decides by, planted bug and all, so that the watch hears of every event and effect. After every
 * event the state is held against one that other, copying code has folded; with `isRecounted`, every decision against one
 * from a state that is counted anew.
 */
export function observed(
  plan: PatchPlan,
  journal: readonly Told[],
  ports: RunPorts,
  watch: Watch,
  { planted, isRecounted }: { readonly planted: Planted; readonly isRecounted: boolean },
): Observed {
  const right: Deciding = { advance, next }
  const deciding = planted.deciding?.(right) ?? right
  let folded = fold(plan, journal)
  let live: RolloutState | null = null
  return {
    advance(of, state, event) {
      watch.known(event)
      live = deciding.advance(of, state, event)
      folded = apply(plan, folded, event)
      if (!isSameAfter(event, live, folded)) watch.violates('fold', `${event.type} folds to another state`)
      return live
    },
    next(of, state, nowMs, gates) {
      const due = deciding.next(of, state, nowMs, gates)
      watch.decides(due.effects, ports.now(), ports.stopping())
      if (isRecounted && !isSame(due, deciding.next(of, ownHosts(state), nowMs, gates)))
        watch.violates('fold', 'the same state, counted anew, decides otherwise')
      return due
    },
    compare() {
      if (live === null) return
      const had = watch.unheard().reduce((state, event) => apply(plan, state, event), live)
      if (!isSame(had, fold(plan, journal))) watch.violates('fold', 'the journal folds to another state')
    },
  }
}

/** Equal as far as one event can have changed it; all of it is compared when the controller goes. */
function isSameAfter(event: Told, live: RolloutState, folded: RolloutState): boolean {
  for (const key of Object.keys(folded) as (keyof RolloutState)[]) {
    if (key !== 'hosts' && !isSame(live[key], folded[key])) return false
  }
  if (!isOfHost(event)) return isSame(live.hosts, folded.hosts)
  const [one, other] = [live.hosts[event.subject], folded.hosts[event.subject]]
  if (one === undefined || other === undefined) return one === other
  for (const key of Object.keys(other) as (keyof typeof other)[]) {
    if (key !== 'ended' && !isSame(one[key], other[key])) return false
  }
  return event.type !== 'step.ended' || isSame(one.ended[event.data.step], other.ended[event.data.step])
}
