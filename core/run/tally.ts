import type { PatchPlan } from '../../schemas/plan.ts'
import { type Groups, groupsLeft, noLongerEnded, nowEnded } from './groups.ts'
import { isGood } from './outcome.ts'
import { hostPlanOf, indexOf } from './plan-index.ts'
import { type HostState, type RolloutState, trackOf } from './state.ts'
import { newTurns, type Turns } from './turns.ts'

/**
 * What the hosts of a state come to, so that deciding costs as much as there are hosts on their way, not as there are
 * hosts. It says nothing that the state does not say: whoever lacks it counts anew.
 */
export type Tally = {
  readonly plan: PatchPlan
  readonly takenBack: readonly string[]
  /** Places in the plan, ascending, of the hosts on their way; one that waits for its turn to be taken back is none. */
  readonly walking: number[]
  /** Hosts that wait and have nothing to patch. */
  readonly idle: Set<string>
  /** How many hosts ended badly; `stuck` in production. */
  readonly bad: { test: number; production: number; stuck: number }
  readonly test: Groups
  readonly waves: Groups
  readonly turns: Turns
  /** The longest times by verb that test hosts of the same roles took, by those roles; forgotten when one moves on. */
  readonly measured: Map<string, ReadonlyMap<string, number>>
}

type Standing = 'idle' | 'waiting' | 'walking' | 'asked' | 'begun' | 'ended'

const tallies = new WeakMap<RolloutState['hosts'], Tally>()

/** The tally of a state; counted once, then kept up to date by `putHost`. */
export function tallyOf(plan: PatchPlan, state: RolloutState): Tally {
  const known = tallies.get(state.hosts)
  if (known !== undefined && known.plan === plan && known.takenBack === state.takenBack) return known
  const tally: Tally = {
    plan,
    takenBack: state.takenBack,
    walking: [],
    idle: new Set(),
    bad: { test: 0, production: 0, stuck: 0 },
    test: groupsLeft(plan.test),
    waves: groupsLeft(plan.waves),
    turns: newTurns(plan, state.takenBack),
    measured: new Map(),
  }
  for (const [name, host] of Object.entries(state.hosts)) {
    enter(tally, name, standingOf(tally, name, host))
    count(tally, name, host, 1)
  }
  tallies.set(state.hosts, tally)
  return tally
}

/** Puts a host into hosts that nobody else holds, and into their tally; whoever shares them must copy them before. */
export function putHost(hosts: Record<string, HostState>, name: string, host: HostState): void {
  const before = hosts[name]
  hosts[name] = host
  const tally = tallies.get(hosts)
  if (tally === undefined || before === undefined) return
  if (before.ended !== host.ended && hostPlanOf(tally.plan, name)?.ring === 'test') tally.measured.clear()
  const [from, to] = [standingOf(tally, name, before), standingOf(tally, name, host)]
  if (from !== to) {
    leave(tally, name, from)
    enter(tally, name, to)
  }
  if (before.outcome === host.outcome && !tally.turns.asked.has(name)) return
  count(tally, name, before, -1)
  count(tally, name, host, 1)
}

function standingOf({ plan, turns }: Tally, name: string, host: HostState): Standing {
  if (host.phase === 'ended') return 'ended'
  if (host.phase === 'waiting') return hostPlanOf(plan, name)?.packages.length === 0 ? 'idle' : 'waiting'
  // One that was under way when a person asked waits for no turn.
  if (host.phase === 'forward' || host.recalled !== null || !turns.asked.has(name)) return 'walking'
  const hasBegun =
    host.running !== null || trackOf(plan, name, host).some((step) => host.ended[step.id] !== undefined)
  return hasBegun ? 'begun' : 'asked'
}

function enter(tally: Tally, name: string, standing: Standing): void {
  const { plan, turns } = tally
  if (standing === 'idle') tally.idle.add(name)
  if (standing === 'walking' || standing === 'begun') insert(tally.walking, placeOf(plan, name))
  if (standing === 'begun') turns.begin(name, 1)
  if (standing === 'asked') turns.wait(name, 1)
  if (standing !== 'ended') return
  for (const group of indexOf(plan).testGroupsOf.get(name) ?? []) nowEnded(tally.test, group)
  for (const wave of indexOf(plan).wavesOf.get(name) ?? []) nowEnded(tally.waves, wave)
}

function leave(tally: Tally, name: string, standing: Standing): void {
  const { plan, turns } = tally
  if (standing === 'idle') tally.idle.delete(name)
  if (standing === 'walking' || standing === 'begun') remove(tally.walking, placeOf(plan, name))
  if (standing === 'begun') turns.begin(name, -1)
  if (standing === 'asked') turns.wait(name, -1)
  if (standing !== 'ended') return
  for (const group of indexOf(plan).testGroupsOf.get(name) ?? []) noLongerEnded(tally.test, group)
  for (const wave of indexOf(plan).wavesOf.get(name) ?? []) noLongerEnded(tally.waves, wave)
}

function count({ plan, bad, turns }: Tally, name: string, host: HostState, by: 1 | -1): void {
  if (turns.asked.has(name)) turns.count(host, by)
  if (host.outcome === null || isGood(host.outcome)) return
  const ring = hostPlanOf(plan, name)?.ring
  if (ring === undefined) return
  bad[ring] += by
  if (ring === 'production' && host.outcome === 'stuck') bad.stuck += by
}

function placeOf(plan: PatchPlan, name: string): number {
  return indexOf(plan).placeOf.get(name) ?? 0
}

function insert(places: number[], place: number): void {
  const last = places.at(-1)
  if (last === undefined || last < place) places.push(place)
  else places.splice(firstFrom(places, place), 0, place)
}

function remove(places: number[], place: number): void {
  const at = firstFrom(places, place)
  if (places[at] === place) places.splice(at, 1)
}

/** Where in ascending places the first one is that is not before this one. */
function firstFrom(places: readonly number[], place: number): number {
  let [low, high] = [0, places.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((places[middle] ?? 0) < place) low = middle + 1
    else high = middle
  }
  return low
}
