import type { PatchPlan, Step } from '../../schemas/plan.ts'
import { mayStart, type StartGates } from '../gate/start.ts'
import { stopWait } from '../gate/stop.ts'
import { firstOf } from './first-of.ts'
import { neededStillMs } from './measure.ts'
import { isGood, type Outcome, type Way } from './outcome.ts'
import { hostPlanOf, indexOf } from './plan-index.ts'
import { type HostState, type RolloutState, trackOf, unknownStep } from './state.ts'
import { leftPatched, notYetTakenBack, nowTakenBack } from './take-back.ts'
import { tallyOf } from './tally.ts'

/** One thing to do now. */
export type Effect =
  | { readonly do: 'host.start'; readonly host: string; readonly needMs: number }
  | { readonly do: 'step'; readonly host: string; readonly step: Step; readonly resume: boolean }
  | { readonly do: 'host.turn'; readonly host: string; readonly way: Way; readonly why: string }
  | { readonly do: 'host.end'; readonly host: string; readonly outcome: Outcome; readonly said: string }
  | { readonly do: 'ring.pass' }
  | { readonly do: 'backup.ask' }
  | { readonly do: 'mail'; readonly mail: MailKind }
  | {
      readonly do: 'rollout.end'
      readonly outcome: 'done' | 'stopped' | 'rolled-back'
      readonly said: string
    }

/** The mails of a rollout: production is due, sooner than was told, nobody knows how a host ended, it stopped, it is over. */
export type MailKind = 'before' | 'sooner' | 'unknown' | 'stopped' | 'after'

/** A reason why something is not done now, and when it may be; `untilMs` null: a person must act. */
export type Wait = {
  readonly gate: string
  readonly host?: string
  readonly says: string
  readonly untilMs: number | null
}

/** What to do now, and what waits for what. */
export type Next = { readonly effects: readonly Effect[]; readonly waits: readonly Wait[] }

/** Hosts that are only told to have ended are told by so many at once; the others follow. */
const toldAtOnce = 100

/** Decides from the state alone what happens next; pure, so that it can be resumed, replayed and simulated. */
export function next(plan: PatchPlan, state: RolloutState, nowMs: number, gates: StartGates): Next {
  if (state.status === 'ended') return { effects: mailsAtTheEnd(state), waits: [] }
  const walking: Effect[] = []
  const waits: Wait[] = []
  let isUnsettled = false
  const isTakenBack = state.takenBack.length > 0
  const tally = tallyOf(plan, state)
  for (const name of onTheirWay(plan, state)) {
    const host = state.hosts[name]
    if (host === undefined) continue
    isUnsettled ||= host.unsettled
    const due = walk(plan, state, name, host) ?? {
      gate: 'unknown',
      host: name,
      says: unknownSays(host),
      untilMs: null,
    }
    const held = 'do' in due ? heldBack(plan, state, host, due, nowMs, gates) : due
    if ('do' in held) walking.push(held)
    else waits.push(held)
  }
  for (const host of firstOf(tally.idle, toldAtOnce)) {
    walking.push({ do: 'host.end', host, outcome: 'unchanged', said: 'nothing to patch' })
  }
  const isHeldUp = walking.length === 0 && waits.some(({ gate }) => gate === 'unknown')
  if (isHeldUp && state.mails['unknown']?.ended !== true)
    return { effects: [{ do: 'mail', mail: 'unknown' }], waits }
  if (walking.length > 0 || waits.length > 0) {
    const startsNoMore = isTakenBack || isUnsettled || waits.some(({ gate }) => gate === 'unknown')
    const more = startsNoMore ? { effects: [], waits: [] } : starts(plan, state, nowMs, gates)
    return { effects: [...walking, ...more.effects], waits: [...waits, ...more.waits] }
  }
  if (isTakenBack) {
    const held = notYetTakenBack(plan, state, toldAtOnce)
    if (held.length > 0 && state.stop?.end === false)
      return { effects: [], waits: [stopWait(plan, state.stop)] }
    // Else only a host that is stuck keeps the others from being taken back: they stay as they are, patched.
    if (held.length > 0) return { effects: held.map((host) => leftPatched(state, host)), waits: [] }
    return { effects: [takenBackEnd(plan, state)], waits: [] }
  }
  return starts(plan, state, nowMs, gates)
}

/** Hosts on their way, forward or back, in the order of the plan. */
function onTheirWay(plan: PatchPlan, state: RolloutState): readonly string[] {
  const { walking } = tallyOf(plan, state)
  // What was under way when a person asked comes back before what was patched before it.
  if (walking.some((place) => isRecalled(state.hosts[plan.hosts[place]?.host ?? ''])))
    return walking.flatMap((place) => plan.hosts[place]?.host ?? [])
  const turns = nowTakenBack(plan, state).map((host) => indexOf(plan).placeOf.get(host) ?? 0)
  const places = turns.length === 0 ? walking : [...walking, ...turns].sort((a, b) => a - b)
  return places.flatMap((place) => plan.hosts[place]?.host ?? [])
}

function isRecalled(host: HostState | undefined): boolean {
  return host !== undefined && host.recalled !== null
}

function takenBackEnd(plan: PatchPlan, state: RolloutState): Effect {
  const having = (outcome: Outcome) =>
    plan.hosts.filter(({ host }) => state.hosts[host]?.outcome === outcome).map(({ host }) => host)
  const stuck = having('stuck')
  const patched = having('done')
  const left = patched.length === 0 ? [] : [`still patched: ${patched.join(', ')}`]
  const isLeft = patched.some((host) => state.takenBack.includes(host))
  if (stuck.length > 0 || isLeft) {
    const says = stuck.length === 0 ? [] : [`stuck: ${stuck.join(', ')}`]
    return { do: 'rollout.end', outcome: 'stopped', said: [...says, ...left].join('; ') }
  }
  const isSnapshot = state.takenBack.some((host) => (state.hosts[host]?.mayLose ?? null) !== null)
  const back = `the asked hosts are back on their ${isSnapshot ? 'snapshots' : 'old packages'}`
  const said = [back, ...left].join('; ')
  return { do: 'rollout.end', outcome: 'rolled-back', said }
}

function walk(plan: PatchPlan, state: RolloutState, name: string, host: HostState): Effect | null {
  for (const step of trackOf(plan, name, host)) {
    const end = host.ended[step.id]
    if (end === undefined) {
      const resume = host.running?.step === step.id
      // What has begun ends before: nobody knows sooner what there is to undo.
      if (isGoingOn(host) && !resume) return recall(plan, name, host)
      return { do: 'step', host: name, step, resume }
    }
    if (end.outcome === 'unknown') return null
    if (isGood(end.outcome)) continue
    const why = `${step.id}: ${end.said}`
    if (host.phase === 'back' && !isFoundWritten(plan, name, host, step))
      return { do: 'host.end', host: name, outcome: 'stuck', said: why }
    return turn(plan, state, name, host, host.phase === 'back' ? `${host.why}; ${why}` : why)
  }
  if (isGoingOn(host)) return recall(plan, name, host)
  if (host.phase === 'forward') return { do: 'host.end', host: name, outcome: 'done', said: 'patched' }
  const outcome = host.way === 'untouched' ? 'failed' : 'undone'
  return { do: 'host.end', host: name, outcome, said: host.why }
}

/** Whether a host goes forward though a person asked for its way back. */
function isGoingOn({ phase, recalled }: HostState): boolean {
  return phase === 'forward' && recalled !== null
}

/** The way back that a person asked for: as with any host that is taken back, the person is there, rehearsed or not. */
function recall(plan: PatchPlan, name: string, host: HostState): Effect {
  const way = wayBack(host, hostPlanOf(plan, name)?.stateless ?? false)
  return { do: 'host.turn', host: name, way, why: `taken back: ${host.recalled ?? ''}` }
}

/**
 * The window of a host that was taken over is judged anew while nothing of it is closed or changed: outside of it the host
 * waits where it is, which counts for no failure; its updaters stay paused if they were, so that it stays as planned. Whether
 * it still is, and is well, is looked at again once the window is open, and not before. What is closed or changed is finished or undone, whatever the time.
 */
function heldBack(
  plan: PatchPlan,
  state: RolloutState,
  host: HostState,
  due: Effect,
  nowMs: number,
  gates: StartGates,
): Effect | Wait {
  if (due.do !== 'step' || due.resume) return due
  const isTouched = host.closed || host.changed || host.phase !== 'forward'
  if (!host.takenOver || isTouched || hostPlanOf(plan, due.host)?.ring !== 'production') return due
  const answer = gates.window(nowMs, neededStillMs(plan, state, due.host))
  if (answer.open) return due
  const { stop } = state
  if (stop?.end === true)
    return { do: 'host.turn', host: due.host, way: 'untouched', why: `stopped by ${stop.by}: ${stop.reason}` }
  const says = `${answer.says} It was begun before, and nothing of it is closed or changed.`
  return { gate: answer.gate ?? 'window', host: due.host, says, untilMs: answer.untilMs }
}

/**
 * Whether a host on the way to its snapshot turns to its old packages: nothing was put back yet, and what others wrote
 * would be lost. Where a person asked for the snapshot, no other way is what they asked for.
 */
function isFoundWritten(plan: PatchPlan, name: string, host: HostState, step: Step): boolean {
  if (step.action.kind !== 'rows.count' || host.mayLose !== null) return false
  return wayBack(host, hostPlanOf(plan, name)?.stateless ?? false) !== host.way
}

function turn(plan: PatchPlan, state: RolloutState, name: string, host: HostState, why: string): Effect {
  const planned = hostPlanOf(plan, name)
  const way = wayBack(host, planned?.stateless ?? false)
  const isAttended = planned?.ring === 'test' || host.recalled !== null
  if (way === 'untouched' || isAttended || provenFor(plan, state, name, way)) {
    return { do: 'host.turn', host: name, way, why }
  }
  return {
    do: 'host.end',
    host: name,
    outcome: 'stuck',
    said: `${why}; the way back "${way}" was not rehearsed on a test host of the same role, so a person must decide`,
  }
}

/** The way back that loses nothing: the snapshot only while nobody could have written since, or nothing is kept there. */
export function wayBack(host: HostState, stateless: boolean): Way {
  if (!host.changed) return 'untouched'
  return host.snapshot && (stateless || !host.opened) ? 'snapshot' : 'packages'
}

/** Whether every role of a host has walked this way back on a test host in this rollout. */
export function provenFor(plan: PatchPlan, state: RolloutState, name: string, way: Way): boolean {
  const { hosts, testOf } = indexOf(plan)
  const planned = hosts.get(name)
  if (planned === undefined) return false
  return planned.roles.every((role) =>
    testOf.get(role)?.some((one) => state.hosts[one.host]?.proven[way] !== undefined),
  )
}

function starts(plan: PatchPlan, state: RolloutState, nowMs: number, gates: StartGates): Next {
  const verdict = mayStart(plan, state, nowMs, gates)
  switch (verdict.verdict) {
    case 'start':
      return {
        effects: verdict.hosts.map((one) => ({ do: 'host.start', host: one.host, needMs: one.needMs })),
        waits: verdict.waits,
      }
    case 'test-passed':
      return { effects: [{ do: 'ring.pass' }], waits: [] }
    case 'tell':
      return { effects: [{ do: 'mail', mail: verdict.mail }], waits: [] }
    case 'ask-backup':
      return { effects: [{ do: 'backup.ask' }], waits: [] }
    case 'wait':
      return { effects: [], waits: verdict.waits }
    case 'end':
      return { effects: [{ do: 'rollout.end', outcome: verdict.outcome, said: verdict.said }], waits: [] }
  }
}

function mailsAtTheEnd(state: RolloutState): readonly Effect[] {
  const mail: MailKind = state.outcome === 'done' || state.outcome === 'rolled-back' ? 'after' : 'stopped'
  return state.mails[mail]?.ended === true ? [] : [{ do: 'mail', mail }]
}

function unknownSays(host: HostState): string {
  const step = unknownStep(host)
  return step === undefined ? 'unknown' : `${step}: ${host.ended[step]?.said ?? ''}`
}
