import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import { isExpired } from '../../core/run/held.ts'
import type { HostState } from '../../core/run/state.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import { eventsByRollout, type Rollout, rolloutById, rolloutIds } from './rollouts.ts'
import { unsettled } from './unsettled.ts'

/** Another rollout of the journal; without its plan, of which nothing can be read, its events have to do. */
type Other = { readonly id: string; readonly ended: boolean } & (
  | { readonly rollout: Rollout }
  | {
      readonly rollout: null
      readonly outcomes: ReadonlyMap<string, unknown>
      readonly problems: readonly Problem[]
    }
)

/**
 * Why a rollout may not begin: a host that it changes is in another one that has not ended, or was left stuck or unknown
 * there and nobody has settled it. Problems: `gate/host-busy`, `gate/host-unsettled`.
 */
export async function busyHosts(
  estate: ResolvedEstate,
  events: readonly Event[],
  plan: PatchPlan,
): Promise<readonly Problem[]> {
  const others = await othersOf(estate, events, plan.id)
  const hosts = plan.hosts.filter(({ steps }) => steps.length > 0).map(({ host }) => host)
  const lost = others.flatMap((one) => (one.rollout === null && !one.ended ? one.problems : []))
  if (lost.length > 0) return lost
  return hosts.flatMap((host) => {
    const found = others.flatMap((other) => busyIn(other, host) ?? []).at(-1)
    return found === undefined ? [] : [found]
  })
}

/**
 * Holds hosts that are to be taken back against the rollouts that began later. Problem: `gate/changed-since`, for each
 * host that a later one has changed and not taken back.
 */
export async function changedSince(
  estate: ResolvedEstate,
  events: readonly Event[],
  id: string,
  hosts: readonly string[],
): Promise<Result<void>> {
  const all = rolloutIds(events)
  const later = new Set(all.slice(1 + all.findIndex((one) => one.id === id)).map((one) => one.id))
  const others = (await othersOf(estate, events, id)).filter((other) => later.has(other.id))
  const problems = hosts.flatMap((host): readonly Problem[] => {
    const by = others.filter((other) => isChangedBy(other, host)).map((other) => other.id)
    const [newest] = by.reverse()
    if (newest === undefined) return []
    return [
      {
        code: 'gate/changed-since',
        what: `The rollout ${newest} has changed ${host} since; to take an older one back under it would leave neither.`,
        where: host,
        found: by.join(', '),
        expected: `no rollout of ${host} after ${id}`,
        fix: `First: upkeep rollback --rollout ${newest} --host ${host} --reason TEXT.`,
      },
    ]
  })
  return problems.length > 0 ? fail(...problems) : ok(undefined)
}

/**
 * The hosts among some that a rollout has in hand right now, or has left stuck or unknown, each with the reason. One that
 * only waits, in a soak for example, is free. Problems: `gate/host-busy`, `gate/host-unsettled`.
 */
export async function hostsInHand(
  estate: ResolvedEstate,
  events: readonly Event[],
  hosts: readonly string[],
): Promise<readonly Problem[]> {
  const others = await othersOf(estate, events, '')
  return hosts.flatMap((host) => {
    const found = others.flatMap((other) => {
      const isWaiting = other.rollout !== null && !isOnItsWay(other.rollout.state.hosts[host])
      const busy = busyIn(other, host)
      return busy === undefined || (isWaiting && busy.code === 'gate/host-busy') ? [] : [busy]
    })
    return found.slice(-1)
  })
}

async function othersOf(
  estate: ResolvedEstate,
  events: readonly Event[],
  id: string,
): Promise<readonly Other[]> {
  const eventsOf = eventsByRollout(events)
  const others = rolloutIds(events).filter((one) => one.id !== id)
  return Promise.all(
    others.map(async (other) => {
      const own = eventsOf.get(other.id) ?? []
      const read = await rolloutById(estate, own, other.id)
      if (read.ok) return { id: other.id, ended: other.ended, rollout: read.value }
      return {
        id: other.id,
        ended: other.ended,
        rollout: null,
        outcomes: outcomesOf(own),
        problems: read.problems,
      }
    }),
  )
}

function outcomesOf(events: readonly Event[]): ReadonlyMap<string, unknown> {
  const outcomes = new Map<string, unknown>()
  for (const { type, subject = '', data } of events) {
    if (type === 'host.ended') outcomes.set(subject, data['outcome'])
    if (type === 'host.settled') outcomes.set(subject, data['as'])
  }
  return outcomes
}

function busyIn(other: Other, host: string): Problem | undefined {
  if (other.rollout === null)
    return other.outcomes.get(host) === 'stuck' ? left(other.id, host, 'stuck') : undefined
  const { plan, state } = other.rollout
  const was = unsettled(other.rollout, host)?.was
  if (was !== undefined) return left(other.id, host, was)
  const isPlanned = plan.hosts.some((one) => one.host === host && one.steps.length > 0)
  if (state.status === 'ended' || !isPlanned) return undefined
  const one = state.hosts[host]
  // Nothing of an expired rollout begins any more.
  if (isExpired(state) && !isOnItsWay(one)) return undefined
  return {
    code: 'gate/host-busy',
    what: `${host} is in the rollout ${other.id}, which has not ended.`,
    where: host,
    found: `${other.id}: ${isOnItsWay(one) ? 'on its way' : (one?.outcome ?? 'waiting')}`,
    expected: 'one rollout of a host at a time',
    fix: `Let it end (upkeep resume), or end it: upkeep stop --rollout ${other.id} --end --reason TEXT.`,
  }
}

function left(id: string, host: string, was: 'stuck' | 'unknown'): Problem {
  return {
    code: 'gate/host-unsettled',
    what: `The rollout ${id} left ${host} ${was}, and nobody has settled it.`,
    where: host,
    found: `${id}: ${was}`,
    expected: 'a host of which it is known how it stands',
    fix: `Look at the host, then: upkeep settle ${host} --as done|undone --reason TEXT.`,
  }
}

function isChangedBy(other: Other, host: string): boolean {
  if (other.rollout === null) return ['done', 'stuck'].includes(String(other.outcomes.get(host)))
  const one = other.rollout.state.hosts[host]
  const isTouched = other.rollout.plan.hosts.some(
    ({ host: name, steps }) => name === host && steps.length > 0,
  )
  return isTouched && (one?.outcome === 'done' || one?.outcome === 'stuck' || isOnItsWay(one))
}

function isOnItsWay(host: HostState | undefined): boolean {
  return host?.phase === 'forward' || host?.phase === 'back'
}
