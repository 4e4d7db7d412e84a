import type { HostPlan, PatchPlan, Step } from '../../schemas/plan.ts'
import type { StepEnd } from './events.ts'
import type { Outcome, Way } from './outcome.ts'
import { hostPlanOf } from './plan-index.ts'

/** Where one host stands. */
export type HostState = {
  readonly phase: 'waiting' | 'forward' | 'back' | 'ended'
  readonly way: Way | null
  readonly why: string
  /** Ended steps by id, of this track and the one before. */
  readonly ended: Readonly<Record<string, StepEnd>>
  /** The step whose effect was announced and has no outcome yet. */
  readonly running: { readonly step: string; readonly sinceMs: number } | null
  /** The announced step belongs to a controller that is gone: reattach, do not start anew. */
  readonly orphaned: boolean
  /** The controller that began it is gone: its window is judged anew before anything of it is closed or changed. */
  readonly takenOver: boolean
  /** When (epoch ms) the oldest look at it ended that it goes on with; null: none did. */
  readonly lookedMs: number | null
  /** A controller that is gone looked at it, and a step is under way: once that has ended it is looked at anew. */
  readonly looksAgain: boolean
  /** It ended unknown before, and no fact has settled it yet: this run only asks again. */
  readonly unsettled: boolean
  /** An effect that changes the host was announced since the last proven way back. */
  readonly changed: boolean
  /** Traffic was taken away and not given back. */
  readonly closed: boolean
  /** Traffic was (or may have been) given back after the snapshot, so rows may have been written. */
  readonly opened: boolean
  readonly snapshot: boolean
  /** What of this host has begun to expire, and whether it is known to be gone: no way back may rely on it. */
  readonly expiry: Readonly<
    Partial<Record<'snapshot' | 'leftovers', { readonly sinceMs: number; readonly gone: boolean }>>
  >
  readonly proven: Readonly<Partial<Record<Way, number>>>
  /**
   * A person asked for its snapshot: how many transactions may be lost with it, by the step that counts them, who said
   * so, and how the host stood then; null unless asked.
   */
  readonly mayLose: {
    readonly transactions: Readonly<Record<string, number>>
    readonly by: string
    readonly was: Outcome
  } | null
  /** Why a person asked for its way back while it went forward: once its step has ended it turns; null: nobody did. */
  readonly recalled: string | null
  readonly outcome: Outcome | null
  readonly said: string
  readonly startedMs: number | null
  readonly endedMs: number | null
}

/** A rollout as the fold of its events. */
export type RolloutState = {
  readonly rollout: string
  readonly status: 'new' | 'running' | 'ended'
  readonly startedMs: number | null
  readonly hosts: Readonly<Record<string, HostState>>
  readonly testPassedMs: number | null
  readonly backup: { readonly askedMs: number; readonly timeMs: number | null; readonly said: string } | null
  readonly mails: Readonly<
    Record<string, { readonly startedMs: number; readonly ended: boolean; readonly sent: boolean }>
  >
  /** Hosts that a person asked last to take back; none unless asked. */
  readonly takenBack: readonly string[]
  /** A person asked to start no more hosts, and with `end` to end the rollout; null once a person lets it go on. */
  readonly stop: { readonly by: string; readonly reason: string; readonly end: boolean } | null
  /** A person ended the soak early; it stays open until another person has reviewed that. */
  readonly shortened: {
    readonly by: string
    readonly reason: string
    readonly timeMs: number
    readonly reviewed: { readonly by: string; readonly reason: string } | null
  } | null
  readonly outcome: 'done' | 'stopped' | 'rolled-back' | null
  readonly said: string
  readonly endedMs: number | null
  /** Fencing token of the controller that ran last. */
  readonly token: number
  readonly nextMs: number | null
}

const untouchedHost: HostState = {
  phase: 'waiting',
  way: null,
  why: '',
  ended: {},
  running: null,
  orphaned: false,
  takenOver: false,
  lookedMs: null,
  looksAgain: false,
  unsettled: false,
  changed: false,
  closed: false,
  opened: false,
  snapshot: false,
  expiry: {},
  proven: {},
  mayLose: null,
  recalled: null,
  outcome: null,
  said: '',
  startedMs: null,
  endedMs: null,
}

/** The step of a host whose end is recorded as unknown: what a fact, or a person, settles. */
export function unknownStep(host: HostState): string | undefined {
  return Object.keys(host.ended).find((step) => host.ended[step]?.outcome === 'unknown')
}

/**
 * Whether a host on its way forward is still as it was found: no step that takes traffic away or changes, puts back or
 * opens anything was announced, and what prepares for that may go on or be left.
 */
export function isUntouched(track: readonly Step[], host: HostState): boolean {
  const touches = ({ id, effect }: Step) =>
    (effect === 'closes' || effect === 'changes' || effect === 'restores' || effect === 'opens') &&
    hasBegun(host, id)
  return host.phase === 'forward' && !track.some(touches)
}

/** Whether a step was announced, whatever became of it. */
export function hasBegun(host: HostState, step: string): boolean {
  return host.ended[step] !== undefined || host.running?.step === step
}

/** The state before any event. */
export function newRollout(plan: PatchPlan): RolloutState {
  return {
    rollout: plan.id,
    status: 'new',
    startedMs: null,
    hosts: Object.fromEntries(plan.hosts.map((host) => [host.host, untouchedHost])),
    testPassedMs: null,
    backup: null,
    mails: {},
    takenBack: [],
    stop: null,
    shortened: null,
    outcome: null,
    said: '',
    endedMs: null,
    token: 0,
    nextMs: null,
  }
}

/**
 * The steps that a host is walking: forward, or one of its ways back. An untouched host gives back only what was taken
 * away: what a person has closed before Upkeep came stays closed. A host is closed for its snapshot only where a person
 * asked for that.
 */
export function trackOf(plan: PatchPlan, host: string, state: HostState): readonly Step[] {
  const planned = hostPlanOf(plan, host)
  if (planned === undefined) return []
  if (state.phase !== 'back' || state.way === null) return planned.steps
  const track = planned.back[state.way]
  if (state.way === 'snapshot' && state.mayLose === null)
    return track.filter((step) => step.effect !== 'closes')
  if (state.way !== 'untouched') return track
  return track.filter((step) => step.effect !== 'opens' || hasClosed(planned, state, step))
}

/** Whether the close that an open belongs to was announced, however it ended. */
function hasClosed({ steps }: HostPlan, { ended }: HostState, open: Step): boolean {
  return steps.some(
    (step) => step.effect === 'closes' && step.id in ended && controlOf(step) === controlOf(open),
  )
}

function controlOf({ action }: Step): string | null {
  return action.kind === 'traffic' ? JSON.stringify([action.scope, action.hosts]) : null
}
