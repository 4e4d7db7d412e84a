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

/** The hosts of a group that wait, one after the other as they are asked for; hosts with nothing to patch are passed over. */
export function* waitingIn(
  { groups, waitingFrom }: Groups,
  group: number,
  state: RolloutState,
  idle: ReadonlySet<string>,
): Generator<string> {
  const hosts = groups[group] ?? []
  for (let place = waitingFrom[group] ?? 0; place < hosts.length; place += 1) {
    const host = hosts[place] ?? ''
    if (state.hosts[host]?.phase === 'waiting' && !idle.has(host)) yield host
    else if (place === waitingFrom[group]) waitingFrom[group] = place + 1
  }
}
