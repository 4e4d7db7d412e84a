import type { RolloutState } from './state.ts'

/** Groups of hosts that go one after the other, with how many hosts of each have not ended. */
export type Groups = {
  readonly groups: readonly (readonly string[])[]
  readonly left: number[]
  /** No group before this one has hosts left. */
  first: number
  /** By group: no host before this place in it waits. */
  readonly waitingFrom: number[]
}

/** The groups of a plan of which no host has ended. */
export function groupsLeft(groups: readonly (readonly string[])[]): Groups {
  return {
    groups,
    left: groups.map((group) => new Set(group).size),
    first: 0,
    waitingFrom: groups.map(() => 0),
  }
}

/** Counts a host of a group as ended. */
export function nowEnded({ left }: Groups, group: number): void {
  left[group] = (left[group] ?? 0) - 1
}

/** Counts a host of a group as not ended any more. */
export function noLongerEnded(groups: Groups, group: number): void {
  groups.left[group] = (groups.left[group] ?? 0) + 1
  groups.first = Math.min(groups.first, group)
  groups.waitingFrom[group] = 0
}

/** Number of the first group with hosts that have not ended; null when all have. */
export function firstUnfinished(groups: Groups): number | null {
  while (groups.first < groups.left.length && groups.left[groups.first] === 0) groups.first += 1
  return groups.first < groups.left.length ? groups.first : null
}

/** The first hosts of a group that wait, at most so many; hosts with nothing to patch are passed over. */
export function firstWaiting(
  { groups, waitingFrom }: Groups,
  group: number,
  state: RolloutState,
  idle: ReadonlySet<string>,
  most: number,
): readonly string[] {
  const hosts = groups[group] ?? []
  const found: string[] = []
  let from = waitingFrom[group] ?? 0
  for (let place = from; place < hosts.length && found.length < most; place += 1) {
    const host = hosts[place] ?? ''
    const waits = state.hosts[host]?.phase === 'waiting' && !idle.has(host)
    if (waits) found.push(host)
    else if (place === from) from += 1
  }
  waitingFrom[group] = from
  return found
}
