import type { PatchPlan } from '../../schemas/plan.ts'
import { firstOf } from './first-of.ts'
import { type HostState, unknownStep } from './state.ts'

/** The order in which hosts are taken back that a person asked for, and how far that is. */
export type Turns = {
  readonly asked: ReadonlySet<string>
  /** Counts a host as begun (1) or as no longer on its way (-1). */
  readonly begin: (host: string, by: 1 | -1) => void
  /** Counts a host as waiting for its turn (1) or no longer (-1). */
  readonly wait: (host: string, by: 1 | -1) => void
  /** Counts whether a host is in trouble. */
  readonly count: (host: HostState, by: 1 | -1) => void
  /** Hosts whose turn it is; the plan says how many may be on their way at once. */
  readonly now: (atOnce: number) => readonly string[]
  /** The first hosts that wait for their turn, at most so many. */
  readonly waiting: (most: number) => readonly string[]
}

/** The turns of hosts of which none has been counted: groups and hosts in the opposite order of the plan. */
export function newTurns(plan: PatchPlan, takenBack: readonly string[]): Turns {
  const asked = new Set(takenBack)
  const groups = asked.size === 0 ? [] : [...plan.test, ...plan.waves].toReversed()
  const ordered = groups.map((hosts) => hosts.filter((host) => asked.has(host)).toReversed())
  const grouped = new Set(ordered.flat())
  ordered.push(takenBack.filter((host) => !grouped.has(host)))
  const groupsOf = new Map<string, number[]>()
  ordered.forEach((hosts, group) => {
    for (const host of new Set(hosts)) groupsOf.set(host, [...(groupsOf.get(host) ?? []), group])
  })
  const onTheWay = ordered.map(() => 0)
  const waiting = new Set<string>()
  // No group before the first has a host on its way; no host of a group before its place waits.
  const waitingFrom = ordered.map(() => 0)
  let first = 0
  let begun = 0
  let troubled = 0

  function move(host: string, by: 1 | -1): void {
    for (const group of groupsOf.get(host) ?? []) {
      onTheWay[group] = (onTheWay[group] ?? 0) + by
      if (by === 1) first = Math.min(first, group)
    }
  }

  return {
    asked,
    begin(host, by) {
      begun += by
      move(host, by)
    },
    wait(host, by) {
      move(host, by)
      if (by === -1) waiting.delete(host)
      else {
        waiting.add(host)
        for (const group of groupsOf.get(host) ?? []) waitingFrom[group] = 0
      }
    },
    count(host, by) {
      // Once it has ended, a person has had the last word of what was unknown.
      const isUnknown = host.phase !== 'ended' && (host.unsettled || unknownStep(host) !== undefined)
      const isTrouble = host.outcome === 'stuck' || isUnknown
      if (isTrouble) troubled += by
    },
    now(atOnce) {
      if (troubled > 0) return []
      while (first < onTheWay.length && onTheWay[first] === 0) first += 1
      const hosts = ordered[first] ?? []
      const found: string[] = []
      let from = waitingFrom[first] ?? 0
      for (let place = from; place < hosts.length && found.length < atOnce - begun; place += 1) {
        const host = hosts[place] ?? ''
        if (waiting.has(host)) found.push(host)
        else if (place === from) from += 1
      }
      if (first < waitingFrom.length) waitingFrom[first] = from
      return found
    },
    waiting: (most) => firstOf(waiting, most),
  }
}
