import type { Told } from '../../core/run/events.ts'
import type { Effect } from '../../core/run/next.ts'
import type { HostPlan, PatchPlan } from '../../schemas/plan.ts'
import type { Scenario } from './scenario.ts'
import type { Invariant, Seen } from './seen.ts'

/** Watches what must have been before a host may begin. */
export type StartWatch = {
  readonly known: (event: Told) => void
  readonly decides: (effects: readonly Effect[], nowMs: number, isStopping: boolean) => void
  readonly ends: (seen: Seen, outcome: string) => void
  /** An ended host is on its way once more, because a person asked for that. */
  readonly leavesEnd: (seen: Seen) => void
  /** Whether a host's group or wave comes after that of another one. */
  readonly isAfter: (seen: Seen, other: Seen) => boolean
  /** Whether each role of a host went back this way on a test host. */
  readonly isProven: (seen: Seen, way: Seen['way']) => boolean
}

/** A watch over the beginnings of hosts; it keeps its own figures of what was proven, told and measured. */
export function newStartWatch(
  plan: PatchPlan,
  hosts: ReadonlyMap<string, Seen>,
  window: Scenario['window'],
  violates: (invariant: Invariant, says: string) => void,
): StartWatch {
  const { policy } = plan
  const groupOf = new Map(
    [...plan.test, ...plan.waves].flatMap((group, at) => group.map((host) => [host, at])),
  )
  const left = [...plan.test, ...plan.waves].map((group) => group.length)
  const decided = new Set<string>()
  const proven = new Set<string>()
  /** By test host and step: verb and time (ms) that it took. */
  const took = new Map<string, Map<string, { readonly does: string; readonly ms: number }>>()
  const unknown = new Set<string>()
  const onTheWay = { test: 0, production: 0 }
  const bad = { test: 0, production: 0, stuck: 0 }
  let firstLeft = 0
  let passedMs: number | null = null
  let toldMs: number | null = null
  let hasTold = false
  let isTakenBack = false
  let backup: { readonly askedMs: number; readonly timeMs: number | null } | null = null

  function known(event: Told): void {
    switch (event.type) {
      case 'run.started':
        backup = null
        decided.clear()
        return
      case 'host.started':
        return started(event.subject)
      case 'step.ended':
        return measured(event)
      case 'ring.passed':
        passedMs = event.timeMs
        return passed()
      case 'backup.seen':
        backup = { askedMs: event.timeMs, timeMs: event.data.timeMs }
        return
      case 'mail.started':
        if (event.subject === 'before') toldMs = event.timeMs
        return
      case 'mail.ended':
        if (event.subject === 'before') hasTold = true
        return
      case 'rollback.asked':
        isTakenBack = true
        return
      default:
        return
    }
  }

  function started(name: string): void {
    const ring = hosts.get(name)?.planned.ring ?? 'test'
    if (!decided.delete(name)) violates('evidence', `${name} begins, and nobody has judged whether it may`)
    onTheWay[ring] += 1
    const inFlight = onTheWay.test + onTheWay.production
    if (inFlight > policy.atOnce)
      violates('budget', `${name} begins, with more at once than ${policy.atOnce}`)
    if (inFlight > policy.failureBudget)
      violates('budget', `${name} begins, with more at once than may fail: ${inFlight}`)
    if (ring === 'production' && onTheWay.production + bad.production > policy.failureBudget)
      violates('budget', `${name} begins; if all break, more are broken than ${policy.failureBudget}`)
  }

  function measured(event: Extract<Told, { type: 'step.ended' }>): void {
    const seen = hosts.get(event.subject)
    const step = seen?.steps.byId.get(event.data.step)
    if (event.data.outcome === 'unknown') unknown.add(event.subject)
    else unknown.delete(event.subject)
    if (seen === undefined || step === undefined || seen.planned.ring !== 'test') return
    const steps = took.get(event.subject) ?? new Map<string, { does: string; ms: number }>()
    took.set(event.subject, steps.set(step.id, { does: step.does, ms: event.data.ms }))
    longestOf.clear()
    if (step.proves === undefined || event.data.outcome !== 'done') return
    for (const role of seen.planned.roles) proven.add(`${role} ${step.proves}`)
  }

  function passed(): void {
    for (const seen of hosts.values()) {
      if (seen.planned.ring === 'production') continue
      if (seen.phase !== 'ended' || seen.bad)
        violates('evidence', `test passed, but ${seen.planned.host} did not`)
    }
  }

  function decides(effects: readonly Effect[], nowMs: number, isStopping: boolean): void {
    for (const effect of effects) if (effect.do === 'host.start') judge(effect.host, nowMs, isStopping)
  }

  function judge(name: string, nowMs: number, isStopping: boolean): void {
    // The first time counts: the same beginning is decided again until it is on disk.
    if (decided.has(name)) return
    decided.add(name)
    const seen = hosts.get(name)
    const group = groupOf.get(name)
    if (seen === undefined || group === undefined)
      return violates('evidence', `${name} begins, but is not planned`)
    if (seen.planned.packages.length === 0) violates('truth', `${name} begins, with nothing to patch`)
    if (isStopping || isTakenBack) violates('evidence', `${name} begins, though nothing more shall`)
    if (unknown.size > 0)
      violates('outcome', `${name} begins, while nobody knows about ${[...unknown].join()}`)
    while (firstLeft < group && left[firstLeft] === 0) firstLeft += 1
    if (firstLeft < group) violates('evidence', `${name} begins, before all before it have ended`)
    if (bad.test > 0) violates('evidence', `${name} begins, though a test host failed`)
    if (seen.planned.ring === 'production') judgeGates(seen, nowMs)
  }

  function judgeGates({ planned }: Seen, nowMs: number): void {
    const says = (what: string) => violates('evidence', `${planned.host} begins ${what}`)
    if (bad.stuck > 0) violates('budget', `${planned.host} begins, though another one is stuck`)
    if (passedMs === null) says('before test has passed')
    else if (nowMs < passedMs + policy.soakMs) says('before the end of the soak')
    if (toldMs === null || !hasTold) says('before anybody was told')
    else if (nowMs < toldMs + policy.noticeMs) says('before the end of the notice')
    if (!window(nowMs, needMs(planned)).open) says(`outside of its window, needing ${needMs(planned)} ms`)
    if (policy.backupMaxAgeMs === null) return
    const ageMs = nowMs - (backup?.timeMs ?? -Infinity)
    if (ageMs > policy.backupMaxAgeMs || ageMs < -60_000) says(`with a backup of ${ageMs} ms ago`)
    const askedMs = nowMs - (backup?.askedMs ?? 0)
    if (Math.abs(askedMs) > 10 * 60_000) says(`with an answer about the backup of ${askedMs} ms ago`)
  }

  const longestOf = new Map<string, ReadonlyMap<string, number>>()

  function longest(planned: HostPlan): ReadonlyMap<string, number> {
    const key = planned.roles.join(' ')
    const found = longestOf.get(key)
    if (found !== undefined) return found
    const made = new Map<string, number>()
    for (const [name, steps] of took) {
      if (!hosts.get(name)?.planned.roles.some((role) => planned.roles.includes(role))) continue
      for (const { does, ms } of steps.values()) made.set(does, Math.max(made.get(does) ?? 0, ms))
    }
    longestOf.set(key, made)
    return made
  }

  /** The time in which a host is patched and taken back the longest way, by what test hosts of its roles needed. */
  function needMs(planned: HostPlan): number {
    const times = longest(planned)
    if (times.size === 0) return 2 * policy.expectedMs
    const sum = (steps: HostPlan['steps']) => steps.reduce((ms, step) => ms + (times.get(step.does) ?? 0), 0)
    return sum(planned.steps) + Math.max(...Object.values(planned.back).map(sum))
  }

  return {
    known,
    decides,
    isProven: ({ planned }, way) => planned.roles.every((role) => proven.has(`${role} ${way ?? ''}`)),
    isAfter: ({ planned }, other) =>
      (groupOf.get(planned.host) ?? 0) > (groupOf.get(other.planned.host) ?? 0),
    ends(seen, outcome) {
      const { host, ring } = seen.planned
      const group = groupOf.get(host) ?? 0
      left[group] = (left[group] ?? 0) - 1
      if (outcome !== 'unchanged' && !seen.asked) onTheWay[ring] -= 1
      if (seen.bad && !(seen.asked && outcome === 'undone')) bad[ring] += 1
      if (ring === 'production' && outcome === 'stuck') bad.stuck += 1
    },
    leavesEnd(seen) {
      const group = groupOf.get(seen.planned.host) ?? 0
      left[group] = (left[group] ?? 0) + 1
    },
  }
}
