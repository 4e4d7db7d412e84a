import type { PatchPlan } from '../../schemas/plan.ts'
import { firstOf } from '../run/first-of.ts'
import { firstUnfinished, waitingIn } from '../run/groups.ts'
import { neededMs } from '../run/measure.ts'
import type { Wait } from '../run/next.ts'
import { isGood } from '../run/outcome.ts'
import { indexOf } from '../run/plan-index.ts'
import type { RolloutState } from '../run/state.ts'
import { tallyOf } from '../run/tally.ts'
import { mostInFlight } from './in-flight.ts'
import { isSoonerThanTold, soakOf } from './soak.ts'
import { startsNoMore } from './stop.ts'

/** What the world answers to the gates; pure values and functions, so that a clock can be injected. */
export type StartGates = {
  /** Judges the window and the freezes for work of `needMs` that would start at `startMs`. */
  readonly window: (startMs: number, needMs: number) => WindowAnswer
  /** A person asked to start nothing more. */
  readonly stopping: boolean
}

/** Whether work may start, and if not, why and when (epoch ms; null: not in sight). */
export type WindowAnswer =
  | { readonly open: true; readonly endsMs: number | null }
  | {
      readonly open: false
      /** What is shut: the window (usual), a system that goes before this one, or the keeping of heads. */
      readonly gate?: 'window' | 'after' | 'heads'
      readonly says: string
      readonly untilMs: number | null
    }

/** What may happen next on hosts that wait. */
export type StartVerdict =
  | {
      readonly verdict: 'start'
      readonly hosts: readonly { readonly host: string; readonly needMs: number }[]
      readonly waits: readonly Wait[]
    }
  | { readonly verdict: 'test-passed' | 'ask-backup' }
  | { readonly verdict: 'tell'; readonly mail: 'before' | 'sooner' }
  | { readonly verdict: 'wait'; readonly waits: readonly Wait[] }
  | { readonly verdict: 'end'; readonly outcome: 'done' | 'stopped'; readonly said: string }

/** An answer about the backup is asked anew when it is older than this (ms). */
const backupAnswerMs = 10 * 60_000

/** Judges which waiting hosts may start: test first, then production through every gate, within the failure budget. */
export function mayStart(
  plan: PatchPlan,
  state: RolloutState,
  nowMs: number,
  gates: StartGates,
): StartVerdict {
  const { bad, walking, test, waves, idle } = tallyOf(plan, state)
  const inFlight = walking.length
  if (bad.test > 0) {
    if (inFlight > 0) return { verdict: 'wait', waits: [] }
    const said = `test did not pass: ${badOutcomes(plan, state, 'test')}`
    return { verdict: 'end', outcome: 'stopped', said }
  }
  const most = mostInFlight(plan.policy)
  const shut = startsNoMore(plan, state, nowMs, gates, inFlight)
  const group = firstUnfinished(test)
  if (group !== null) {
    if (shut !== null) return shut
    const hosts = [...waitingIn(test, group, state, idle)].filter(besideOthers(plan, state))
    return startTest(plan, state, firstOf(hosts, most - inFlight))
  }
  if (state.testPassedMs === null) return { verdict: 'test-passed' }

  const wave = firstUnfinished(waves)
  if (wave === null && bad.production === 0) {
    return { verdict: 'end', outcome: 'done', said: 'every host is patched' }
  }
  const budgetLeft = plan.policy.failureBudget - bad.production
  if (wave === null || budgetLeft <= 0 || bad.stuck > 0) {
    if (inFlight > 0) return { verdict: 'wait', waits: [] }
    return { verdict: 'end', outcome: 'stopped', said: badOutcomes(plan, state, 'production') }
  }
  if (shut !== null) return shut
  const places = Math.min(most, budgetLeft) - inFlight
  if (places <= 0) return { verdict: 'wait', waits: [] }
  const waiting = () => waitingIn(waves, wave, state, idle)
  if (firstOf(waiting(), 1).length === 0) return { verdict: 'wait', waits: [] }
  return throughGates(plan, state, waiting(), places, nowMs, gates)
}

/**
 * Judges one host after the other whether it may start beside those that are on its way: of hosts that close the whole
 * system only one at a time, for the first that is done would open the system under the others.
 */
function besideOthers(plan: PatchPlan, state: RolloutState): (host: string) => boolean {
  const { closeSystem } = indexOf(plan)
  if (closeSystem.size === 0) return () => true
  const { walking } = tallyOf(plan, state)
  let isTaken = walking.some((place) => closeSystem.has(plan.hosts[place]?.host ?? ''))
  return (host) => {
    if (!closeSystem.has(host)) return true
    if (isTaken) return false
    isTaken = true
    return true
  }
}

function throughGates(
  plan: PatchPlan,
  state: RolloutState,
  hosts: Iterable<string>,
  places: number,
  nowMs: number,
  gates: StartGates,
): StartVerdict {
  if (state.mails['before']?.ended !== true) return { verdict: 'tell', mail: 'before' }
  if (isSoonerThanTold(state) && state.mails['sooner']?.ended !== true) {
    return { verdict: 'tell', mail: 'sooner' }
  }
  const waits: Wait[] = []
  const soakedMs = (state.testPassedMs ?? nowMs) + soakOf(plan, state)
  if (nowMs < soakedMs) waits.push({ gate: 'soak', says: 'test hosts are soaking', untilMs: soakedMs })
  const noticedMs = state.mails['before'].startedMs + plan.policy.noticeMs
  if (nowMs < noticedMs) {
    waits.push({
      gate: 'notice',
      says: state.mails['before'].sent
        ? 'owner and liaison were told; lead time is running'
        : 'owner and liaison could NOT be told by mail: tell them; lead time is running',
      untilMs: noticedMs,
    })
  }
  // A window that is open now says nothing about the time when the other gates are.
  const soonestMs = Math.max(nowMs, soakedMs, noticedMs)
  const startable: { host: string; needMs: number }[] = []
  const mayGo = besideOthers(plan, state)
  // Hosts of the same roles need the same time, and a window is judged by time zones, which costs.
  const answers = new Map<number, WindowAnswer>()
  const opens = waits.length
  for (const host of hosts) {
    const needMs = neededMs(plan, state, host)
    const known = answers.get(needMs)
    const answer = known ?? gates.window(soonestMs, needMs)
    answers.set(needMs, answer)
    if (answer.open) {
      if (mayGo(host)) startable.push({ host, needMs })
      // One that does not fit keeps no place from another one that does.
      if (startable.length >= places) break
    } else if (known === undefined || waits.length - opens < places) {
      // What is said of each kind of host is enough: a wave may have thousands.
      waits.push({ gate: answer.gate ?? 'window', host, says: answer.says, untilMs: answer.untilMs })
    }
  }
  if (startable.length === 0 || soonestMs > nowMs) return { verdict: 'wait', waits }
  const maxAgeMs = plan.policy.backupMaxAgeMs
  if (maxAgeMs !== null) {
    const backup = state.backup
    const answeredMs = backup === null ? Infinity : nowMs - backup.askedMs
    // An answer from a time to come was given before the clock was put back: how old it is, nobody knows.
    if (backup === null || answeredMs > backupAnswerMs || answeredMs < 0) return { verdict: 'ask-backup' }
    if (backup.timeMs === null || nowMs - backup.timeMs > maxAgeMs || backup.timeMs > nowMs + 60_000) {
      waits.push({ gate: 'backup', says: `no good backup: ${backup.said}`, untilMs: null })
      return { verdict: 'wait', waits }
    }
  }
  return { verdict: 'start', hosts: startable, waits }
}

function startTest(plan: PatchPlan, state: RolloutState, hosts: readonly string[]): StartVerdict {
  if (hosts.length === 0) return { verdict: 'wait', waits: [] }
  return {
    verdict: 'start',
    hosts: hosts.map((host) => ({ host, needMs: neededMs(plan, state, host) })),
    waits: [],
  }
}

function badOutcomes(plan: PatchPlan, state: RolloutState, ring: 'test' | 'production'): string {
  return plan.hosts
    .flatMap(({ host, ring: of }) => {
      const { outcome = null, said = '' } = state.hosts[host] ?? {}
      return of !== ring || outcome === null || isGood(outcome) ? [] : [`${host} ${outcome} (${said})`]
    })
    .join('; ')
}
