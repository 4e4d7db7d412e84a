import type { PatchPlan } from '../../schemas/plan.ts'
import type { RolloutEvent, Told } from './events.ts'
import { applyToHost, askedAgain, orphan, stepOf } from './fold-host.ts'
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
      orphanAll(plan, state.hosts, event.timeMs)
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
    case 'rows.counted':
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
      const now = applyToHost(plan, host, event)
      putHost(state.hosts, event.subject, now)
      return isOpen(host) && !isOpen(now) ? withoutMail(state, 'unknown') : state
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

function orphanAll(plan: PatchPlan, hosts: RolloutState['hosts'], nowMs: number): void {
  for (const [name, host] of Object.entries(hosts)) {
    const isOnItsWay = host.phase === 'back' || host.phase === 'forward'
    const again = isOnItsWay ? askedAgain(trackOf(plan, name, host), host, nowMs) : host
    const orphaned = orphan(again)
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

/** Whether nobody knows yet how something on a host ended. */
function isOpen(host: HostState): boolean {
  return host.unsettled || unknownStep(host) !== undefined
}

/** What comes next of this kind is told anew. */
function withoutMail(state: RolloutState, id: string): RolloutState {
  if (state.mails[id] === undefined) return state
  const { [id]: _told, ...mails } = state.mails
  return { ...state, mails }
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
      mayLose:
        event.data.way === 'snapshot'
          ? {
              transactions: event.data.mayLose ?? {},
              by: event.data.by ?? '',
              was: host.outcome ?? 'unknown',
            }
          : null,
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
