import type { PatchPlan } from '../../schemas/plan.ts'
import { type HostState, trackOf, unknownStep } from '../../core/run/state.ts'
import { provenFor, wayBack } from '../../core/run/next.ts'
import type { Rollout } from './rollouts.ts'

/** What the journal knows of a host whose outcome only a person can say. */
export type Unsettled = {
  readonly was: 'unknown' | 'stuck'
  readonly why: string
  /** The step whose end nobody knows; null when the host is stuck. */
  readonly step: string | null
  readonly phase: HostState['phase']
  readonly walked: number
  readonly steps: number
  readonly changed: boolean
  readonly closed: boolean
  readonly snapshot: boolean
  readonly wayBack: string
  readonly rehearsed: boolean
  /** What Upkeep does no more when the person has the last word: steps that give back and tidy up, in words. */
  readonly left: readonly string[]
}

/** What is known of a host that is unknown or stuck; null for a host that is neither. */
export function unsettled({ plan, state }: Rollout, name: string): Unsettled | null {
  const host = state.hosts[name]
  if (host === undefined) return null
  const step = unknownStep(host) ?? null
  const isUnknown = step !== null && host.phase !== 'ended'
  if (!isUnknown && host.outcome !== 'stuck') return null
  const track = trackWalked(plan, name, host)
  const planned = plan.hosts.find((one) => one.host === name)
  const way = wayBack(host, planned?.stateless ?? false)
  const open = track.filter(({ id }) => host.ended[id]?.outcome !== 'done' && id !== step)
  return {
    was: isUnknown ? 'unknown' : 'stuck',
    why: isUnknown ? `${step}: ${host.ended[step]?.said ?? ''}` : host.said,
    step: isUnknown ? step : null,
    phase: host.phase,
    walked: track.filter(({ id }) => host.ended[id] !== undefined).length,
    steps: track.length,
    changed: host.changed,
    closed: host.closed,
    snapshot: host.snapshot,
    wayBack: way,
    rehearsed: way === 'untouched' || provenFor(plan, state, name, way),
    left: open.filter(({ effect }) => effect === 'opens' || effect === 'tidies').map(({ says }) => says),
  }
}

/** A host that has ended stands on no track any more: the one that it walked last. */
function trackWalked(plan: PatchPlan, name: string, host: HostState) {
  return trackOf(plan, name, host.way === null ? host : { ...host, phase: 'back' })
}
