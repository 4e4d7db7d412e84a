import type { Told } from '../../core/run/events.ts'
import type { Effect } from '../../core/run/next.ts'
import type { HostPlan, PatchPlan, Step } from '../../schemas/plan.ts'
import { hasDatabase, mayBeLost, type Truth } from './hosts.ts'
import { type HostEvent, type Invariant, isOfHost, type Seen, track, unseen } from './seen.ts'
import { advance, asksAnew, isOutside, turnOf } from './watch-anew.ts'
import { newStartWatch, type StartWatch } from './watch-start.ts'
import type { Scenario } from './scenario.ts'

/** Something that must never be, and what happened. */
export type Violation = { readonly invariant: Invariant; readonly says: string }

/** Looks on from outside and shares no code with what it watches: it is told what is written, known, decided and done. */
export type Watch = {
  readonly found: Violation[]
  /** A controller comes, which reads all that was written. */
  readonly comes: () => void
  /** The controller is gone, or knows that another one has taken over. */
  readonly goes: () => void
  /** An event is on disk. */
  readonly written: (event: Told) => void
  /** The controller took an event into its state. */
  readonly known: (event: Told) => void
  /** Events on disk that the controller has not taken into its state. */
  readonly unheard: () => readonly Told[]
  readonly decides: (effects: readonly Effect[], nowMs: number, isStopping: boolean) => void
  readonly performs: (host: HostPlan, step: Step, resume: boolean, truth: Truth) => void
  readonly mails: (mail: string) => void
  readonly asksBackup: () => void
  readonly violates: (invariant: Invariant, says: string) => void
  /** Hosts that are patched, as a person sees who may ask to take them back. */
  readonly patched: () => readonly string[]
}

/** A watch over one rollout; `truthOf` says what is true of a host, which the controller can only ask. */
export function newWatch(
  plan: PatchPlan,
  window: Scenario['window'],
  truthOf: (host: string) => Truth,
): Watch {
  const found: Violation[] = []
  const hosts = unseen(plan)
  const unknownTo = new Set<Told>()
  // What is on disk: announced effects that have no outcome yet, and steps that have ended for good.
  const announced = new Map<string, string>()
  const settled = new Map<string, Set<string>>()
  // Looks that a new controller has to take once more.
  const anew = new Set<string>()
  let asked: readonly Seen[] = []
  let isThere = false
  let isEnded = false
  const starts: StartWatch = newStartWatch(plan, hosts, window, violates)

  function violates(invariant: Invariant, says: string): void {
    found.push({ invariant, says })
  }

  function forget({ planned: { host } }: Seen, id: string): void {
    settled.get(host)?.delete(id)
    anew.add(`${host} ${id}`)
  }

  function written(event: Told): void {
    unknownTo.add(event)
    const of = 'subject' in event ? event.subject : 'backup'
    if (event.type === 'step.started') announced.set(of, event.data.step)
    if (event.type === 'mail.started' || event.type === 'backup.asked') announced.set(of, event.type)
    if (event.type === 'mail.ended' || event.type === 'backup.seen') announced.delete(of)
    if (event.type !== 'step.ended') return
    announced.delete(of)
    if (event.data.outcome === 'unknown') return
    const ended = settled.get(of)
    if (ended === undefined) settled.set(of, new Set([event.data.step]))
    else ended.add(event.data.step)
  }

  function known(event: Told): void {
    unknownTo.delete(event)
    starts.known(event)
    if (event.type === 'run.started') {
      for (const seen of hosts.values()) {
        seen.takenOver ||= seen.phase === 'forward'
        for (const id of asksAnew(seen, event.timeMs)) forget(seen, id)
      }
    }
    if (event.type === 'rollback.asked') {
      isEnded = false
      for (const seen of hosts.values()) if (seen.phase === 'forward') seen.recalled = true
      asked = event.data.hosts.flatMap((name) => hosts.get(name) ?? [])
      for (const seen of asked) askedBack(seen, event)
    }
    if (event.type === 'rollout.ended') ended(event)
    if (!isOfHost(event)) return
    const seen = hosts.get(event.subject)
    if (seen === undefined) violates('intent', `an event about ${event.subject}, which is not planned`)
    else if (isEnded) violates('outcome', `${event.type} of ${event.subject} after the rollout had ended`)
    else ofHost(seen, event)
  }

  function ended(event: Extract<Told, { type: 'rollout.ended' }>): void {
    isEnded = true
    for (const seen of hosts.values()) {
      const { host } = seen.planned
      if (seen.phase === 'forward' || seen.phase === 'back')
        violates('outcome', `ended while ${host} is on its way`)
      if (event.data.outcome === 'done' && (seen.phase !== 'ended' || seen.bad))
        violates('truth', `"done", but ${host} is not`)
    }
  }

  function askedBack(seen: Seen, event: Extract<Told, { type: 'rollback.asked' }>): void {
    starts.leavesEnd(seen)
    const { way } = event.data
    Object.assign(seen, {
      phase: 'back',
      way,
      asked: true,
      begun: false,
      place: 0,
      again: [],
      bad: false,
      stuck: false,
    })
  }

  function ofHost(seen: Seen, event: HostEvent): void {
    const { host } = seen.planned
    switch (event.type) {
      case 'host.started':
        if (seen.phase !== 'waiting') violates('once', `${host} begins again`)
        seen.phase = 'forward'
        return
      case 'step.started':
        return begins(seen, event.data.step)
      case 'step.ended': {
        const step = seen.steps.byId.get(event.data.step)
        if (step?.id !== turnOf(seen)?.id) violates('once', `${host} ${event.data.step} ended out of turn`)
        const { outcome } = event.data
        if (step?.action.kind === 'rows.count' && outcome === 'failed' && !seen.asked)
          seen.foundWritten = true
        seen.unknown = outcome === 'unknown'
        if (!seen.unknown) seen.running = null
        if (step === undefined || (outcome !== 'done' && outcome !== 'unchanged')) return
        for (const id of advance(seen, event.timeMs)) forget(seen, id)
        if (step.proves !== undefined) seen.changed = false
        if (step.effect === 'opens') seen.closed = false
        if (step.action.kind === 'snapshot.take') Object.assign(seen, { snapshot: true, inUse: !seen.closed })
        if (step.action.kind === 'snapshot.remove') seen.snapshot = false
        return
      }
      case 'host.turned':
        if (seen.phase !== 'forward' && !(seen.foundWritten && seen.way === 'snapshot'))
          violates('once', `${host} turns, but does not go forward`)
        if (seen.unknown) violates('outcome', `${host} turns, and nobody knows how its step ended`)
        wayBack(seen, event.data.way)
        Object.assign(seen, { phase: 'back', way: event.data.way, place: 0, again: [] })
        return
      case 'host.ended':
        return endOf(seen, event.data.outcome)
    }
  }

  function begins(seen: Seen, id: string): void {
    const { host } = seen.planned
    const step = turnOf(seen)
    if (seen.phase !== 'forward' && seen.phase !== 'back')
      violates('evidence', `${host} ${id}, but it was not begun`)
    if (step?.id !== id) violates('once', `${host} ${id}, but it is the turn of ${step?.id ?? 'nothing'}`)
    if (seen.recalled && seen.phase === 'forward' && seen.running !== id)
      violates('evidence', `${host} ${id}, though a person asked for its way back`)
    seen.running = id
    if (step === undefined) return
    if (step.effect === 'changes') seen.changed = true
    if (step.effect === 'closes') Object.assign(seen, { closed: true, everClosed: true })
    if (step.effect === 'opens' && (seen.snapshot || seen.changed)) seen.inUse = true
  }

  function wayBack(seen: Seen, way: Seen['way']): void {
    const { host, ring, stateless } = seen.planned
    if (way === 'untouched' && seen.changed)
      violates('truth', `${host} goes back as untouched, but was changed`)
    if (way === 'snapshot' && !seen.snapshot)
      violates('snapshot', `${host} goes back to a snapshot that it lacks`)
    if (way === 'snapshot' && seen.foundWritten)
      violates('snapshot', `${host} goes back to its snapshot though rows were found`)
    if (way === 'snapshot' && seen.inUse && !stateless)
      violates('snapshot', `${host} goes back to its snapshot though it was in use since`)
    if (way !== 'untouched' && ring === 'production' && !seen.recalled && !starts.isProven(seen, way))
      violates('evidence', `${host} goes back by ${way}, which was not rehearsed`)
  }

  function endOf(seen: Seen, outcome: string): void {
    const { host, packages } = seen.planned
    const isWhole = seen.place === track(seen).length
    const wanted = seen.phase === 'back' ? (seen.way === 'untouched' ? 'failed' : 'undone') : 'done'
    if (seen.unknown) violates('outcome', `${host} ends ${outcome}, and nobody knows how its step ended`)
    if (!['done', 'unchanged', 'failed', 'undone', 'stuck'].includes(outcome))
      violates('outcome', `${host} ends ${outcome}`)
    if (outcome === 'done' && seen.recalled)
      violates('evidence', `${host} is patched, though a person asked for its way back`)
    if (outcome === 'unchanged' && (seen.phase !== 'waiting' || packages.length > 0))
      violates('truth', `${host} ends unchanged, but had something to do`)
    // One that was asked for, and whose turn never came, is patched still.
    const isLeft = outcome === 'done' && seen.asked && seen.phase === 'back' && seen.place === 0
    if (['done', 'failed', 'undone'].includes(outcome) && !isLeft && !(isWhole && outcome === wanted))
      violates('outcome', `${host} ends ${outcome} at step ${seen.place} of its way ${seen.way ?? 'forward'}`)
    const truth = truthOf(host)
    const version = { done: 'new', unchanged: 'old', failed: 'old', undone: 'old' }[outcome]
    if (version !== undefined && truth.version !== version)
      violates('truth', `${host} ends ${outcome}, but its packages are ${truth.version}`)
    if (version !== undefined && !truth.isOpen)
      violates('truth', `${host} ends ${outcome}, but is out of use`)
    const bad = outcome !== 'done' && outcome !== 'unchanged'
    Object.assign(seen, { phase: 'ended', bad, stuck: outcome === 'stuck' })
    starts.ends(seen, outcome)
    // From here on no step of this way may even begin, so there is no need to remember them.
    settled.delete(host)
  }

  /** Hosts that a person asked for begin their way back in turn, and none beside one that is stuck or not known. */
  function judgeTurn(name: string): void {
    const seen = hosts.get(name)
    if (seen === undefined || !seen.asked || seen.begun) return
    seen.begun = true
    let begun = 0
    for (const other of asked) {
      if (other.phase === 'back' && other.begun) begun += 1
      if (other.unknown)
        violates('outcome', `${name} goes back, while nobody knows about ${other.planned.host}`)
      if (other.stuck) violates('outcome', `${name} goes back, though ${other.planned.host} is stuck`)
      if (starts.isAfter(other, seen) && other.phase !== 'ended')
        violates('once', `${name} goes back before ${other.planned.host}, which was patched after it`)
    }
    if (begun > Math.min(plan.policy.atOnce, plan.policy.failureBudget))
      violates('budget', `${name} goes back, with ${begun} at once`)
  }

  function performs(host: HostPlan, step: Step, resume: boolean, truth: Truth): void {
    const what = `${host.host} ${step.id}`
    if (!isThere) violates('intent', `${what} by a controller that is gone`)
    if (announced.get(host.host) !== step.id) violates('intent', `${what} without an event before it`)
    const isAnew = anew.delete(what)
    if (truth.units.has(step.id) && !resume && !isAnew) violates('once', `${what} is begun again`)
    if (settled.get(host.host)?.has(step.id) === true)
      violates('once', `${what} is done again, though it had ended`)
    const seen = hosts.get(host.host)
    if (seen === undefined) return
    if (step.effect === 'changes' && seen.phase === 'forward' && seen.steps.takesSnapshot) {
      if (!seen.snapshot || truth.snapshot === null) violates('snapshot', `${what} without a snapshot`)
    }
    if (step.effect === 'restores' && truth.snapshot === null)
      violates('snapshot', `${what} without a snapshot`)
    if (
      step.effect === 'restores' &&
      !truth.units.has(step.id) &&
      hasDatabase(host) &&
      !mayBeLost(host, truth)
    )
      violates('snapshot', `${what} loses rows that nobody agreed to lose`)
  }

  return {
    found,
    comes() {
      isThere = true
      for (const event of unknownTo) known(event)
    },
    goes() {
      isThere = false
    },
    written,
    known,
    unheard: () => [...unknownTo],
    decides(effects, nowMs, isStopping) {
      starts.decides(effects, nowMs, isStopping)
      for (const effect of effects) {
        if (effect.do !== 'step') continue
        judgeTurn(effect.host)
        const seen = hosts.get(effect.host)
        if (seen !== undefined && isOutside(seen, effect.step) && !window(nowMs, 0).open)
          violates('evidence', `${effect.host} ${effect.step.id}, taken over outside of its window`)
      }
    },
    performs,
    mails(mail) {
      if (!isThere || announced.get(mail) !== 'mail.started')
        violates('intent', `mail ${mail} without an event`)
    },
    asksBackup() {
      if (!isThere || announced.get('backup') !== 'backup.asked') violates('intent', 'asked without an event')
    },
    violates,
    patched: () =>
      [...hosts.values()]
        .filter((seen) => seen.phase === 'ended' && !seen.bad && seen.planned.packages.length > 0)
        .map((seen) => seen.planned.host),
  }
}
