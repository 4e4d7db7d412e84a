import type { PatchPlan, Step } from '../../schemas/plan.ts'
import type { RolloutEvent, StepEnd, Told } from './events.ts'
import { type HostState, newRollout, type RolloutState, trackOf } from './state.ts'

/** The state of a rollout: its events, one after the other. Events of other rollouts are passed over. */
export function fold(plan: PatchPlan, events: Iterable<Told>): RolloutState {
  let state = newRollout(plan)
  for (const event of events) state = apply(plan, state, event)
  return state
}

/** One event onto a state. */
export function apply(plan: PatchPlan, state: RolloutState, event: Told): RolloutState {
  if (event.data.rollout !== state.rollout) return state
  switch (event.type) {
    case 'rollout.started':
      return { ...state, status: 'running', startedMs: event.timeMs }
    case 'run.started':
      // Whoever starts a run after the gate was shut may just have opened it: the backup is asked for anew.
      return { ...state, token: event.data.token, nextMs: null, backup: null, hosts: mapHosts(state, orphan) }
    case 'run.ended':
      return { ...state, nextMs: event.data.nextMs }
    case 'ring.passed':
      return { ...state, testPassedMs: event.timeMs }
    case 'backup.asked':
    case 'head.started':
    case 'head.ended':
      return state
    case 'backup.seen':
      return {
        ...state,
        backup: { askedMs: event.timeMs, timeMs: event.data.timeMs, said: event.data.said },
      }
    case 'mail.started':
      return withMail(state, event.subject, { startedMs: event.timeMs, ended: false, sent: false })
    case 'mail.ended':
      return withMail(state, event.subject, {
        startedMs: state.mails[event.subject]?.startedMs ?? event.timeMs,
        ended: true,
        sent: event.data.sent,
      })
    case 'rollback.asked':
      return rollbackAsked(plan, state, event)
    case 'rollout.ended':
      return { ...state, status: 'ended', outcome: event.data.outcome, said: event.data.said }
    case 'host.started':
    case 'step.started':
    case 'step.ended':
    case 'host.turned':
    case 'host.ended': {
      const host = state.hosts[event.subject]
      if (host === undefined) return state
      return { ...state, hosts: { ...state.hosts, [event.subject]: applyToHost(plan, host, event) } }
    }
  }
}

type HostEvent = Extract<
  Told,
  { type: 'host.started' | 'step.started' | 'step.ended' | 'host.turned' | 'host.ended' }
>

function applyToHost(plan: PatchPlan, host: HostState, event: HostEvent): HostState {
  switch (event.type) {
    case 'host.started':
      return { ...host, phase: 'forward', startedMs: event.timeMs }
    case 'step.started': {
      const step = stepOf(plan, event.subject, host, event.data.step)
      const running = { step: event.data.step, sinceMs: event.timeMs }
      return { ...host, ...(step === undefined ? {} : announced(host, step)), running, orphaned: false }
    }
    case 'step.ended': {
      const { rollout: _rollout, step: id, ...end } = event.data
      const step = stepOf(plan, event.subject, host, id)
      const ended = { ...host.ended, [id]: end }
      return {
        ...host,
        ended,
        running: null,
        orphaned: false,
        ...(step === undefined ? {} : concluded(host, step, end, event.timeMs)),
      }
    }
    case 'host.turned':
      return { ...host, phase: 'back', way: event.data.way, why: event.data.why, running: null }
    case 'host.ended':
      return {
        ...host,
        phase: 'ended',
        outcome: event.data.outcome,
        said: event.data.said,
        endedMs: event.timeMs,
        running: null,
      }
  }
}

function stepOf(plan: PatchPlan, name: string, host: HostState, id: string): Step | undefined {
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
function concluded(host: HostState, step: Step, end: StepEnd, timeMs: number): Partial<HostState> {
  if (end.outcome !== 'done' && end.outcome !== 'unchanged') return {}
  const proven =
    step.proves === undefined ? {} : { proven: { ...host.proven, [step.proves]: timeMs }, changed: false }
  if (step.effect === 'opens') return { ...proven, closed: false }
  // A host that was never closed was in use all the time since.
  if (step.action.kind === 'snapshot.take') return { ...proven, snapshot: true, opened: !host.closed }
  if (step.action.kind === 'snapshot.remove') return { ...proven, snapshot: false }
  return proven
}

function orphan(host: HostState): HostState {
  // Only a person, or a fact read anew, settles an unknown step: the next run reattaches to it.
  const unsettled = Object.entries(host.ended).find(([, end]) => end.outcome === 'unknown')
  if (host.phase === 'ended') return host
  if (unsettled !== undefined) {
    const { [unsettled[0]]: _unknown, ...ended } = host.ended
    return { ...host, ended, orphaned: true, running: { step: unsettled[0], sinceMs: host.startedMs ?? 0 } }
  }
  return host.running === null ? host : { ...host, orphaned: true }
}

function mapHosts(state: RolloutState, change: (host: HostState) => HostState): RolloutState['hosts'] {
  return Object.fromEntries(Object.entries(state.hosts).map(([name, host]) => [name, change(host)]))
}

function withMail(state: RolloutState, id: string, mail: RolloutState['mails'][string]): RolloutState {
  return { ...state, mails: { ...state.mails, [id]: mail } }
}

function rollbackAsked(
  plan: PatchPlan,
  state: RolloutState,
  event: Extract<RolloutEvent, { type: 'rollback.asked' }>,
): RolloutState {
  const hosts: Record<string, HostState> = { ...state.hosts }
  for (const planned of plan.hosts) {
    const host = hosts[planned.host]
    if (host === undefined || !event.data.hosts.includes(planned.host)) continue
    // An earlier, failed attempt at the same way must not count as walked.
    const forward = planned.steps.map((step) => step.id)
    const ended = Object.fromEntries(Object.entries(host.ended).filter(([id]) => forward.includes(id)))
    hosts[planned.host] = {
      ...host,
      ended,
      phase: 'back',
      way: event.data.way,
      why: event.data.reason,
      outcome: null,
      endedMs: null,
      running: null,
    }
  }
  return { ...state, status: 'running', outcome: null, takenBack: event.data.hosts, hosts }
}
