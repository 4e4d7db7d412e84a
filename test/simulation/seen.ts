import type { Told } from '../../core/run/events.ts'
import type { HostPlan, PatchPlan, Step } from '../../schemas/plan.ts'

/** What must hold after every event; the letters are those of the documentation. */
export type Invariant =
  /** (a) No production host begins before test has passed both ways back, soak, notice, window and backup. */
  | 'evidence'
  /** (b) No step is done twice, and none out of its turn. */
  | 'once'
  /** (c) Every effect has an event before it. */
  | 'intent'
  /** (d) Every host has one of the outcomes, and what is unknown stops the wave. */
  | 'outcome'
  /** (e) The snapshot is there before the first change, and is put back only while nothing is lost by it. */
  | 'snapshot'
  /** (f) The journal folds to the state that the controller had. */
  | 'fold'
  /** No more hosts are broken, even if all on their way break, than the failure budget says. */
  | 'budget'
  /** What is told of a host is true. */
  | 'truth'
  /** A rollout ends, or says what it waits for. */
  | 'stall'

/** What an event says of one host, told again without the code that is under test. */
export type Seen = {
  readonly planned: HostPlan
  readonly steps: StepIndex
  phase: 'waiting' | 'forward' | 'back' | 'ended'
  way: 'untouched' | 'snapshot' | 'packages' | null
  asked: boolean
  /** Asked for, and its turn has come. */
  begun: boolean
  /** How far the track is walked: steps before this place ended well. */
  place: number
  /** Looks that are taken once more before the step at `place`. */
  again: readonly string[]
  /** When the oldest look ended that it goes on with. */
  lookedMs: number | null
  /** Another controller found a step of it under way: once that has ended, the looks before it are taken once more. */
  looksLater: boolean
  unknown: boolean
  /** Step that was announced and has no outcome yet, or none that is known. */
  running: string | null
  /** A person asked for its way back while it went forward: it begins no other step forward. */
  recalled: boolean
  /** The controller that began it is gone. */
  takenOver: boolean
  changed: boolean
  snapshot: boolean
  closed: boolean
  /** It was closed at some time, or may have been: only then is it to be opened. */
  everClosed: boolean
  /** In use since the snapshot, so that rows may have been written. */
  inUse: boolean
  /** The look for rows before its snapshot failed, and no person had asked for that way. */
  foundWritten: boolean
  bad: boolean
  stuck: boolean
}

/** Steps of a host by id, and where each lies on its track. */
export type StepIndex = {
  readonly forward: readonly Step[]
  readonly back: HostPlan['back']
  readonly byId: ReadonlyMap<string, Step>
  readonly takesSnapshot: boolean
}

const indices = new WeakMap<readonly Step[], StepIndex>()

/** The index of the steps of a host plan; hosts that share their steps share it. */
function stepIndex(planned: HostPlan): StepIndex {
  const known = indices.get(planned.steps)
  if (known !== undefined && known.back === planned.back) return known
  const all = [...planned.steps, ...Object.values(planned.back).flat()]
  const made = {
    forward: planned.steps,
    back: planned.back,
    byId: new Map(all.map((step) => [step.id, step])),
    takesSnapshot: planned.steps.some((step) => step.action.kind === 'snapshot.take'),
  }
  indices.set(planned.steps, made)
  return made
}

/** Every host of a plan as it is before the first event. */
export function unseen(plan: PatchPlan): Map<string, Seen> {
  return new Map(
    plan.hosts.map((planned) => [
      planned.host,
      {
        planned,
        steps: stepIndex(planned),
        phase: 'waiting',
        way: null,
        asked: false,
        begun: false,
        place: 0,
        again: [],
        lookedMs: null,
        looksLater: false,
        unknown: false,
        running: null,
        recalled: false,
        takenOver: false,
        changed: false,
        snapshot: false,
        closed: false,
        everClosed: false,
        inUse: false,
        foundWritten: false,
        bad: false,
        stuck: false,
      },
    ]),
  )
}

/** The steps that a host walks now. */
export function track(seen: Seen): readonly Step[] {
  if (seen.phase !== 'back') return seen.steps.forward
  const way = seen.steps.back[seen.way ?? 'untouched']
  if (seen.way === 'snapshot' && !seen.asked) return way.filter(({ effect }) => effect !== 'closes')
  return seen.way === 'untouched' && !seen.everClosed ? way.filter(({ effect }) => effect !== 'opens') : way
}

/** An event about one host. */
export type HostEvent = Extract<
  Told,
  { type: 'host.started' | 'step.started' | 'step.ended' | 'host.turned' | 'host.ended' }
>

/** Whether an event is about one host. */
export function isOfHost(event: Told): event is HostEvent {
  return 'subject' in event && !event.type.startsWith('mail.')
}
