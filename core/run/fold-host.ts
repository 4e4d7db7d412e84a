import type { PatchPlan, Step } from '../../schemas/plan.ts'
import type { StepEnd, Told } from './events.ts'
import { isGood } from './outcome.ts'
import { hasBegun, type HostState, isUntouched, trackOf, unknownStep } from './state.ts'

/** An event about one host. */
export type HostEvent = Extract<
  Told,
  {
    type:
      | 'host.started'
      | 'step.started'
      | 'step.ended'
      | 'host.turned'
      | 'host.settled'
      | 'host.ended'
      | 'expiry.started'
      | 'expiry.ended'
  }
>

/** One event onto the host that it is about. */
export function applyToHost(plan: PatchPlan, host: HostState, event: HostEvent): HostState {
  switch (event.type) {
    case 'host.started':
      return { ...host, phase: 'forward', startedMs: event.timeMs }
    case 'step.started': {
      const step = stepOf(plan, event.subject, host, event.data.step)
      // Reattached to by another controller, it still began when the first one began it.
      const isAgain = event.data.resume && host.running?.step === event.data.step
      const sinceMs = isAgain ? (host.running?.sinceMs ?? event.timeMs) : event.timeMs
      const running = { step: event.data.step, sinceMs }
      return { ...host, ...(step === undefined ? {} : announced(host, step)), running, orphaned: false }
    }
    case 'step.ended': {
      const { rollout: _rollout, step: id, ...end } = event.data
      const step = stepOf(plan, event.subject, host, id)
      const ended = { ...host.ended, [id]: { ...end, ms: tookMs(host, step, end, event.timeMs) } }
      const track = trackOf(plan, event.subject, host)
      // With several controls, traffic is given back once the last of them is.
      const opensMore = step !== undefined && track[track.indexOf(step) + 1]?.effect === 'opens'
      const then = {
        ...host,
        ended,
        running: null,
        orphaned: false,
        unsettled: false,
        ...(step === undefined ? {} : concluded(host, step, end, event.timeMs, opensMore)),
      }
      if (!isGood(end.outcome)) return then
      const looked =
        step?.effect === 'reads' && isUntouched(track, then)
          ? { ...then, lookedMs: then.lookedMs ?? event.timeMs }
          : then
      return looked.looksAgain ? settledLooks(track, looked, id) : looked
    }
    case 'host.turned':
      return { ...host, phase: 'back', way: event.data.way, why: event.data.why, running: null }
    case 'host.settled':
      return settled(plan, host, event)
    case 'expiry.started': {
      // From now on nobody knows whether it is there, until it is known to be gone.
      const begun = { [event.data.what]: { sinceMs: event.timeMs, gone: false } }
      const snapshot = host.snapshot && event.data.what !== 'snapshot'
      return { ...host, snapshot, expiry: { ...host.expiry, ...begun } }
    }
    case 'expiry.ended': {
      const ended = { [event.data.what]: { sinceMs: event.timeMs, gone: event.data.done } }
      return { ...host, expiry: { ...host.expiry, ...ended } }
    }
    case 'host.ended':
      return {
        ...host,
        phase: 'ended',
        outcome: event.data.outcome,
        said: event.data.said,
        endedMs: event.timeMs,
        running: null,
        unsettled: false,
      }
  }
}

/**
 * How long (ms) a step took: what the controller that saw its end measured is too short when another one began it. What
 * nobody watched counts at most as long as the step may take.
 */
function tookMs(host: HostState, step: Step | undefined, end: StepEnd, timeMs: number): number {
  if (step === undefined || host.running?.step !== step.id) return end.ms
  return Math.max(end.ms, Math.min(timeMs - host.running.sinceMs, step.limitMs))
}

/** The step of this id on the track that a host walks. */
export function stepOf(plan: PatchPlan, name: string, host: HostState, id: string): Step | undefined {
  return trackOf(plan, name, host).find((step) => step.id === id)
}

/** What holds from the moment that an effect is announced: the worst that it may have done. */
function announced(host: HostState, step: Step): Partial<HostState> {
  if (step.effect === 'changes') return { changed: true }
  if (step.effect === 'opens') return { opened: host.snapshot || host.changed }
  if (step.effect === 'closes') return { closed: true }
  return {}
}

/** What holds once it is known how a step ended. */
function concluded(
  host: HostState,
  step: Step,
  end: StepEnd,
  timeMs: number,
  opensMore: boolean,
): Partial<HostState> {
  // Somebody wrote though it was closed, or nobody knows: its snapshot would lose that, as with a host that is open.
  if (end.outcome === 'failed' && step.action.kind === 'rows.count') return { opened: true }
  if (!isGood(end.outcome)) return {}
  const proven =
    step.proves === undefined ? {} : { proven: { ...host.proven, [step.proves]: timeMs }, changed: false }
  if (step.effect === 'opens') return { ...proven, closed: opensMore }
  // A host that was never closed, or was opened beside another one, was in use all the time since.
  if (step.action.kind === 'snapshot.take')
    return { ...proven, snapshot: true, opened: host.opened || !host.closed }
  if (step.action.kind === 'snapshot.remove') return { ...proven, snapshot: false }
  return proven
}

/**
 * What a person said of a host. Forward, the unknown step has then done its work or has failed, and the host walks on,
 * so that its checks, or a rehearsed way back, have the last word; on a way back, or stuck, the person has it.
 */
function settled(
  plan: PatchPlan,
  host: HostState,
  event: Extract<HostEvent, { type: 'host.settled' }>,
): HostState {
  const { rollout, as, by, reason } = event.data
  const said = `settled as ${as} by ${by}: ${reason}`
  const { subject, timeMs } = event
  // A controller that asked anew may have ended before an answer came.
  const step = unknownStep(host) ?? (host.unsettled ? host.running?.step : undefined)
  if (host.phase !== 'forward' || step === undefined) {
    const ended = { rollout, outcome: as, said }
    return applyToHost(plan, host, { type: 'host.ended', subject, timeMs, data: ended })
  }
  const outcome = as === 'done' ? 'done' : 'failed'
  const data = { rollout, step, outcome, ms: host.ended[step]?.ms ?? 0, said } as const
  return applyToHost(plan, host, { type: 'step.ended', subject, timeMs, data })
}

/** Looks of so long ago (ms) are recent: controllers that are killed again and again get on all the same. */
const recentMs = 600_000

/**
 * What an earlier controller saw of a host and the next one has to see for itself, because it says nothing of the time
 * since. On the way to a snapshot: that nobody wrote and no schema moved, unless the restore has begun; what is there
 * now is no answer then. Forward: that the host is as planned and well, and its manifest, while nothing of it is closed or
 * changed and these looks are not recent; it may have waited for a window since. What was announced and has no outcome is
 * settled before that.
 */
export function askedAgain(track: readonly Step[], host: HostState, nowMs: number): HostState {
  // A clock that was put back says nothing of how old they are.
  const isRecent = host.lookedMs === null || Math.abs(nowMs - host.lookedMs) < recentMs
  if (host.phase === 'forward' && isRecent) return host
  if (host.phase === 'forward' && (host.running !== null || unknownStep(host) !== undefined))
    return { ...host, looksAgain: isUntouched(track, host) }
  return withoutLooks(track, host)
}

/** A host whose controller was gone while a step was under way, which has ended now: its looks, but for that one, are dropped. */
function settledLooks(track: readonly Step[], host: HostState, just: string): HostState {
  return { ...withoutLooks(track, host, just), looksAgain: false }
}

function withoutLooks(track: readonly Step[], host: HostState, just?: string): HostState {
  const again = looksToRepeat(track, host).filter(
    ({ id }) => id !== just && isGood(host.ended[id]?.outcome ?? 'unknown'),
  )
  if (again.length === 0) return host
  const dropped = new Set(again.map(({ id }) => id))
  const ended = Object.fromEntries(Object.entries(host.ended).filter(([id]) => !dropped.has(id)))
  return { ...host, ended, lookedMs: null }
}

function looksToRepeat(track: readonly Step[], host: HostState): readonly Step[] {
  if (host.phase === 'back') {
    const isRestoring = ({ id, action }: Step) => action.kind === 'snapshot.restore' && hasBegun(host, id)
    if (host.way !== 'snapshot' || track.some(isRestoring)) return []
    return track.filter(({ action }) => action.kind === 'rows.count' || action.kind === 'schema.compare')
  }
  if (!isUntouched(track, host)) return []
  const looks = track.slice(
    0,
    track.findIndex(({ effect }) => effect !== 'reads'),
  )
  // A manifest that is taken while updaters are paused would say that they are never at work.
  const isPaused = track.some(({ id, does }) => does === 'updaters.pause' && hasBegun(host, id))
  return isPaused ? looks.filter(({ action }) => action.kind !== 'manifest.take') : looks
}

/** The host of a controller that is gone, as the next one finds it. */
export function orphan(host: HostState): HostState {
  if (host.phase === 'ended' || host.phase === 'waiting') return host
  if (!host.takenOver) return orphan({ ...host, takenOver: true })
  // Only a person, or a fact read anew, settles an unknown step: the next run reattaches to it.
  const step = unknownStep(host)
  if (step !== undefined) {
    const { [step]: _unknown, ...ended } = host.ended
    const running = { step, sinceMs: host.startedMs ?? 0 }
    return { ...host, ended, orphaned: true, unsettled: true, running }
  }
  return host.running === null ? host : { ...host, orphaned: true }
}
