import type { PatchPlan, Step } from '../../schemas/plan.ts'
import type { RolloutEvent, StepEnd, Told } from './events.ts'
import { hostPlanOf } from './plan-index.ts'
import { type HostState, newRollout, type RolloutState, trackOf, unknownStep } from './state.ts'
import { putHost, tallyOf } from './tally.ts'

/** The state of a rollout: its events, one after the other. Events of other rollouts are passed over. */
export function fold(plan: PatchPlan, events: Iterable<Told>): RolloutState {
  let state = newRollout(plan)
  for (const event of events) state = advance(plan, state, event)
  return state
}

/** One event onto a state, which stays as it was. */
export function apply(plan: PatchPlan, state: RolloutState, event: Told): RolloutState {
  return advance(plan, ownHosts(state), event)
}

/** A state whose hosts nobody else holds, so that `advance` may have it. */
export function ownHosts(state: RolloutState): RolloutState {
  return { ...state, hosts: { ...state.hosts } }
}

/** One event onto a state that is used up by it: its hosts go into the new state, so that their number costs nothing. */
export function advance(plan: PatchPlan, state: RolloutState, event: Told): RolloutState {
  if (event.data.rollout !== state.rollout) return state
  switch (event.type) {
    case 'rollout.started':
      return { ...state, status: 'running', startedMs: event.timeMs }
    case 'run.started':
      // Whoever starts a run after the gate was shut may just have opened it: the backup is asked for anew.
      orphanAll(state.hosts)
      return { ...state, token: event.data.token, nextMs: null, backup: null }
    case 'run.ended':
      return { ...state, nextMs: event.data.nextMs }
    case 'ring.passed':
      return { ...state, testPassedMs: event.timeMs }
    case 'backup.asked':
    case 'store.expiring':
    case 'store.expired':
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
      return {
        ...state,
        status: 'ended',
        outcome: event.data.outcome,
        said: event.data.said,
        endedMs: event.timeMs,
      }
    case 'stop.asked':
    case 'rollout.reopened':
    case 'soak.shortened':
    case 'soak.reviewed':
      return asked(state, event)
    case 'host.started':
    case 'step.started':
    case 'step.ended':
    case 'host.turned':
    case 'host.settled':
    case 'expiry.started':
    case 'expiry.ended':
    case 'host.ended': {
      const host = state.hosts[event.subject]
      if (host === undefined) return state
      if (event.type === 'step.started') openBeside(plan, state, event.subject, event.data.step)
      putHost(state.hosts, event.subject, applyToHost(plan, host, event))
      return state
    }
  }
}

type HostEvent = Extract<
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
      const track = trackOf(plan, event.subject, host)
      // With several controls, traffic is given back once the last of them is.
      const opensMore = step !== undefined && track[track.indexOf(step) + 1]?.effect === 'opens'
      return {
        ...host,
        ended,
        running: null,
        orphaned: false,
        unsettled: false,
        ...(step === undefined ? {} : concluded(host, step, end, event.timeMs, opensMore)),
      }
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

/** Who opens the whole system opens it above every other host on its way: rows may be written there from now on. */
function openBeside(plan: PatchPlan, state: RolloutState, name: string, id: string): void {
  const host = state.hosts[name]
  const step = host && stepOf(plan, name, host, id)
  if (step?.effect !== 'opens' || step.action.kind !== 'traffic' || step.action.scope !== 'system') return
  for (const place of tallyOf(plan, state).walking) {
    const other = plan.hosts[place]?.host ?? name
    const beside = state.hosts[other]
    if (other === name || beside === undefined || beside.opened) continue
    if (!beside.closed && !beside.snapshot && !beside.changed) continue
    putHost(state.hosts, other, { ...beside, opened: true })
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
function concluded(
  host: HostState,
  step: Step,
  end: StepEnd,
  timeMs: number,
  opensMore: boolean,
): Partial<HostState> {
  if (end.outcome !== 'done' && end.outcome !== 'unchanged') return {}
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

function orphan(host: HostState): HostState {
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

function orphanAll(hosts: RolloutState['hosts']): void {
  for (const [name, host] of Object.entries(hosts)) {
    const orphaned = orphan(host)
    if (orphaned !== host) putHost(hosts, name, orphaned)
  }
}

type AskedEvent = Extract<
  Told,
  { type: 'stop.asked' | 'rollout.reopened' | 'soak.shortened' | 'soak.reviewed' }
>

/** What a person asked of a rollout as a whole. */
function asked(state: RolloutState, event: AskedEvent): RolloutState {
  const { by, reason } = event.data
  switch (event.type) {
    case 'stop.asked':
      // A rollout that is over has nothing to stop, and must not be found stopped when it is taken back later.
      return state.status === 'ended' ? state : { ...state, stop: { by, reason, end: event.data.end } }
    case 'rollout.reopened':
      return { ...state, stop: null, status: 'running', outcome: null, said: '', endedMs: null }
    case 'soak.shortened':
      return { ...state, shortened: { by, reason, timeMs: event.timeMs, reviewed: null } }
    case 'soak.reviewed':
      return state.shortened === null
        ? state
        : { ...state, shortened: { ...state.shortened, reviewed: { by, reason } } }
  }
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
  // Nothing is patched on while a person has patches taken back, whether this host was named or not.
  for (const [name, host] of Object.entries(hosts)) {
    if (host.phase === 'forward') hosts[name] = { ...host, recalled: event.data.reason }
  }
  for (const name of event.data.hosts) {
    const host = hosts[name]
    const planned = hostPlanOf(plan, name)
    if (host?.phase !== 'ended' || planned === undefined) continue
    // An earlier, failed attempt at the same way must not count as walked.
    const forward = planned.steps.map((step) => step.id)
    const ended = Object.fromEntries(Object.entries(host.ended).filter(([id]) => forward.includes(id)))
    hosts[name] = {
      ...host,
      ended,
      phase: 'back',
      way: event.data.way,
      why: event.data.reason,
      recalled: null,
      outcome: null,
      endedMs: null,
      running: null,
    }
  }
  const stillAsked = state.takenBack.filter((name) => hosts[name]?.phase === 'back')
  // What was told of its end is not true any more: people are told again.
  const { before } = state.mails
  return {
    ...state,
    status: 'running',
    outcome: null,
    endedMs: null,
    stop: null,
    takenBack: [...new Set([...stillAsked, ...event.data.hosts])],
    mails: before === undefined ? {} : { before },
    hosts,
  }
}
