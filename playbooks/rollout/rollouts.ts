import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResolvedEstate, ResolvedSystem } from '../../core/estate/resolved.ts'
import { fold } from '../../core/run/fold.ts'
import type { RolloutState } from '../../core/run/state.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { didYouMean } from '../../schemas/nearest.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import { keptPlanPath, readKeptPlan } from './plan-file.ts'
import { toTold } from './to-told.ts'

/** A rollout that has begun: its plan as kept, and where it stands. */
export type Rollout = {
  readonly plan: PatchPlan
  readonly state: RolloutState
  readonly reason: string
  readonly by: string
}

/** Ids of the rollouts that the journal knows, oldest first, each with its system and whether it has ended. */
export function rolloutIds(events: readonly Event[]): readonly {
  readonly id: string
  readonly system: string
  readonly plan: string
  readonly ended: boolean
}[] {
  const found = new Map<string, { id: string; system: string; plan: string; ended: boolean }>()
  for (const event of events) {
    const id = event.data['rollout']
    if (typeof id !== 'string') continue
    const known = found.get(id)
    if (event.type === 'rollout.started') {
      found.set(id, { id, system: text(event.data['system']), plan: text(event.data['plan']), ended: false })
    }
    if (known !== undefined && event.type === 'rollout.ended') known.ended = true
    const isBegunAgain = event.type === 'rollback.asked' || event.type === 'rollout.reopened'
    if (known !== undefined && isBegunAgain) known.ended = false
  }
  return [...found.values()]
}

/** The events of each rollout, in one walk: whoever folds many must not walk all events for each. */
export function eventsByRollout(events: readonly Event[]): ReadonlyMap<string, readonly Event[]> {
  const found = new Map<string, Event[]>()
  for (const event of events) {
    const id = event.data['rollout']
    if (typeof id !== 'string') continue
    const own = found.get(id)
    if (own === undefined) found.set(id, [event])
    else own.push(event)
  }
  return found
}

/** Systems that go before this one and whose rollout is under way. */
export function unfinishedBefore(
  estate: ResolvedEstate,
  system: ResolvedSystem,
  events: readonly Event[],
): readonly string[] {
  const open = rolloutIds(events).filter((one) => !one.ended && one.system in estate.systems)
  return system.after.filter((name) => open.some((one) => one.system === name))
}

/** A rollout by its id, its kept plan held against the digest in the journal. Problems: `plan/...`, `input/rollout`. */
export async function rolloutById(
  estate: ResolvedEstate,
  events: readonly Event[],
  id: string,
): Promise<Result<Rollout>> {
  const known = rolloutIds(events).find((one) => one.id === id)
  if (known === undefined) return fail(unknownRollout(events, id))
  const path = keptPlanPath(estate.stateDir, id)
  const plan = await readKeptPlan('patch', path, known.plan)
  if (!plan.ok) return plan
  const started = events.find((event) => event.type === 'rollout.started' && event.data['rollout'] === id)
  const state = fold(plan.value, events.map(toTold))
  return ok({ plan: plan.value, state, reason: text(started?.data['reason']), by: started?.actor ?? '' })
}

/** The problem of an id that the journal does not know, with those that it does. */
export function unknownRollout(events: readonly Event[], id: string): Problem {
  const ids = rolloutIds(events).map((one) => one.id)
  const near = didYouMean(id, ids)
  return {
    code: 'input/rollout',
    what: 'The journal knows no rollout of this name.',
    found: id,
    expected: `${ids.slice(-5).join(', ') || 'none has begun yet'}${near === undefined ? '' : `. ${near}`}`,
  }
}

/** Names of plan files that are kept. */
export async function keptPlans(estate: ResolvedEstate): Promise<readonly string[]> {
  return readdir(join(estate.stateDir, 'plans')).catch(() => [])
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
