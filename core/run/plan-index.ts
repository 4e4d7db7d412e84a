import type { HostPlan, PatchPlan } from '../../schemas/plan.ts'

/** What a plan is asked for again and again, looked up once; `placeOf` is a host's place in `plan.hosts`. */
export type PlanIndex = {
  readonly hosts: ReadonlyMap<string, HostPlan>
  readonly placeOf: ReadonlyMap<string, number>
  /** Test hosts that have this role. */
  readonly testOf: ReadonlyMap<string, readonly HostPlan[]>
  /** Numbers of the groups in `plan.test`, and of the waves in `plan.waves`, that name this host. */
  readonly testGroupsOf: ReadonlyMap<string, readonly number[]>
  readonly wavesOf: ReadonlyMap<string, readonly number[]>
  /** Hosts that close their whole system on their way: only one of them may be on its way at a time. */
  readonly closeSystem: ReadonlySet<string>
}

const known = new WeakMap<PatchPlan, PlanIndex>()

/** The index of a plan; a plan is a value, so it is made only once. */
export function indexOf(plan: PatchPlan): PlanIndex {
  const made = known.get(plan) ?? newIndex(plan)
  known.set(plan, made)
  return made
}

/** The plan of one host; undefined when the plan has no such host. */
export function hostPlanOf(plan: PatchPlan, host: string): HostPlan | undefined {
  return indexOf(plan).hosts.get(host)
}

function newIndex(plan: PatchPlan): PlanIndex {
  const hosts = new Map<string, HostPlan>()
  const placeOf = new Map<string, number>()
  const testOf = new Map<string, HostPlan[]>()
  plan.hosts.forEach((host, place) => {
    if (hosts.has(host.host)) return
    hosts.set(host.host, host)
    placeOf.set(host.host, place)
    if (host.ring === 'test') for (const role of new Set(host.roles)) add(testOf, role, host)
  })
  const closeSystem = new Set(plan.hosts.filter(closesSystem).map((host) => host.host))
  const [testGroupsOf, wavesOf] = [groupsOf(plan.test), groupsOf(plan.waves)]
  return { hosts, placeOf, testOf, testGroupsOf, wavesOf, closeSystem }
}

function closesSystem({ steps }: HostPlan): boolean {
  return steps.some(({ action }) => action.kind === 'traffic' && action.scope === 'system')
}

function groupsOf(groups: readonly (readonly string[])[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  groups.forEach((group, number) => {
    for (const host of new Set(group)) add(found, host, number)
  })
  return found
}

function add<T>(to: Map<string, T[]>, key: string, value: T): void {
  const there = to.get(key)
  if (there === undefined) to.set(key, [value])
  else there.push(value)
}
