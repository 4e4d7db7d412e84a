import type { PatchPlan } from '../../schemas/plan.ts'
import { neededMs } from '../run/measure.ts'
import type { Wait } from '../run/next.ts'
import { isGood } from '../run/outcome.ts'
import type { RolloutState } from '../run/state.ts'

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
  | { readonly verdict: 'test-passed' | 'tell' | 'ask-backup' }
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
  const bad = plan.hosts.filter((one) => {
    const outcome = state.hosts[one.host]?.outcome
    return outcome !== null && outcome !== undefined && !isGood(outcome)
  })
  const inFlight = plan.hosts.filter((one) => isWalking(state, one.host))
  const badTest = bad.filter((one) => one.ring === 'test')
  if (badTest.length > 0) {
    if (inFlight.length > 0) return { verdict: 'wait', waits: [] }
    return { verdict: 'end', outcome: 'stopped', said: `test did not pass: ${outcomesOf(state, badTest)}` }
  }
  if (gates.stopping) {
    return {
      verdict: 'wait',
      waits: [{ gate: 'stop', says: 'asked to start no more hosts', untilMs: nowMs }],
    }
  }
  const testGroup = firstUnfinished(plan.test, state)
  if (testGroup !== null) return startFrom(plan, state, testGroup, plan.policy.atOnce - inFlight.length)
  if (state.testPassedMs === null) return { verdict: 'test-passed' }

  const badProduction = bad.filter((one) => one.ring === 'production')
  const wave = firstUnfinished(plan.waves, state)
  if (wave === null && badProduction.length === 0) {
    return { verdict: 'end', outcome: 'done', said: 'every host is patched' }
  }
  const stuck = badProduction.filter((one) => state.hosts[one.host]?.outcome === 'stuck')
  const budgetLeft = plan.policy.failureBudget - badProduction.length
  if (wave === null || budgetLeft <= 0 || stuck.length > 0) {
    if (inFlight.length > 0) return { verdict: 'wait', waits: [] }
    return { verdict: 'end', outcome: 'stopped', said: outcomesOf(state, badProduction) }
  }
  const places = Math.min(wave.length, plan.policy.atOnce, budgetLeft) - inFlight.length
  const waiting = wave.filter((host) => state.hosts[host]?.phase === 'waiting')
  if (places <= 0 || waiting.length === 0) return { verdict: 'wait', waits: [] }
  return throughGates(plan, state, waiting.slice(0, places), nowMs, gates)
}

function throughGates(
  plan: PatchPlan,
  state: RolloutState,
  hosts: readonly string[],
  nowMs: number,
  gates: StartGates,
): StartVerdict {
  if (state.mails['before']?.ended !== true) return { verdict: 'tell' }
  const waits: Wait[] = []
  const soakedMs = (state.testPassedMs ?? nowMs) + plan.policy.soakMs
  if (nowMs < soakedMs) waits.push({ gate: 'soak', says: 'test hosts are soaking', untilMs: soakedMs })
  const noticedMs = state.mails['before'].startedMs + plan.policy.noticeMs
  if (nowMs < noticedMs) {
    waits.push({
      gate: 'notice',
      says: 'owner and liaison were told; lead time is running',
      untilMs: noticedMs,
    })
  }
  // A window that is open now says nothing about the time when the other gates are.
  const soonestMs = Math.max(nowMs, soakedMs, noticedMs)
  const startable: { host: string; needMs: number }[] = []
  for (const host of hosts) {
    const needMs = neededMs(plan, state, host)
    const answer = gates.window(soonestMs, needMs)
    if (answer.open) startable.push({ host, needMs })
    else waits.push({ gate: answer.gate ?? 'window', host, says: answer.says, untilMs: answer.untilMs })
  }
  if (startable.length === 0 || soonestMs > nowMs) return { verdict: 'wait', waits }
  const maxAgeMs = plan.policy.backupMaxAgeMs
  if (maxAgeMs !== null) {
    const backup = state.backup
    if (backup === null || nowMs - backup.askedMs > backupAnswerMs) return { verdict: 'ask-backup' }
    if (backup.timeMs === null || nowMs - backup.timeMs > maxAgeMs || backup.timeMs > nowMs + 60_000) {
      waits.push({ gate: 'backup', says: `no good backup: ${backup.said}`, untilMs: null })
      return { verdict: 'wait', waits }
    }
  }
  return { verdict: 'start', hosts: startable, waits }
}

function startFrom(
  plan: PatchPlan,
  state: RolloutState,
  group: readonly string[],
  places: number,
): StartVerdict {
  const hosts = group.filter((host) => state.hosts[host]?.phase === 'waiting').slice(0, Math.max(places, 0))
  if (hosts.length === 0) return { verdict: 'wait', waits: [] }
  return {
    verdict: 'start',
    hosts: hosts.map((host) => ({ host, needMs: neededMs(plan, state, host) })),
    waits: [],
  }
}

function firstUnfinished(
  groups: readonly (readonly string[])[],
  state: RolloutState,
): readonly string[] | null {
  return groups.find((group) => group.some((host) => state.hosts[host]?.phase !== 'ended')) ?? null
}

function isWalking(state: RolloutState, host: string): boolean {
  const phase = state.hosts[host]?.phase
  return phase === 'forward' || phase === 'back'
}

function outcomesOf(state: RolloutState, hosts: readonly { readonly host: string }[]): string {
  return hosts
    .map(
      ({ host }) => `${host} ${state.hosts[host]?.outcome ?? 'waiting'} (${state.hosts[host]?.said ?? ''})`,
    )
    .join('; ')
}
