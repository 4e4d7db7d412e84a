import { sanitise } from '../../connect/text.ts'
import { durationText } from '../../core/duration.ts'
import type { ResolvedSystem } from '../../core/estate/resolved.ts'
import type { ExitName } from '../../core/exit.ts'
import type { WindowAnswer } from '../../core/gate/start.ts'
import { soakOf } from '../../core/gate/soak.ts'
import { windowVerdict } from '../../core/gate/window.ts'
import type { RolloutEvent, Told } from '../../core/run/events.ts'
import { execute, leaseLostError, type RunEnd, type RunPorts } from '../../core/run/execute.ts'
import { fold } from '../../core/run/fold.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import { whyNotAsPlanned } from '../perform/check.ts'
import { perform } from '../perform/perform.ts'
import { waitsSaid } from '../perform/said.ts'
import { askBackup } from './backup.ts'
import { claimHosts } from './claim.ts'
import { mailAbout, recipients } from './mail.ts'
import { isKept, keepHead, needsHead, notKept } from './heads.ts'
import { newerOnOffer } from './newer.ts'
import { keepPlan } from './plan-file.ts'
import { busyHosts } from './other-rollouts.ts'
import { progressOf } from './progress.ts'
import { pendingRequests, requestDone } from './requests.ts'
import { unfinishedBefore } from './rollouts.ts'
import type { Session } from './session.ts'
import { toTold } from './to-told.ts'
import { worldOf } from './world.ts'

/** Begins a rollout, after holding other rollouts, store and hosts against it. Problems: `gate/host-...`, `plan/stale`, `store/changed`. */
export async function begin(
  shell: Shell,
  session: Session,
  system: ResolvedSystem,
  plan: PatchPlan,
  reason: string,
): Promise<Result<void>> {
  const problems = await whyNot(shell, session, system, plan)
  if (problems.length > 0) return fail(...problems)
  const newer = await newerOnOffer(session.pool, system, plan)
  const notes = newer.map((what) => `the repository offers ${what} by now; the planned bytes are used`)
  for (const note of notes) shell.note(`Note: ${note}.`)
  const kept = await keepPlan(session.estate.stateDir, plan)
  if (!kept.ok) return kept
  await session.tell({
    type: 'rollout.started',
    data: {
      rollout: plan.id,
      plan: plan.digest,
      system: system.name,
      reason,
      ...(notes.length > 0 ? { notes } : {}),
    },
  })
  return ok(undefined)
}

async function whyNot(shell: Shell, session: Session, system: ResolvedSystem, plan: PatchPlan) {
  const busy = await busyHosts(session.estate, session.events(), plan)
  if (busy.length > 0) return busy
  const problems: Problem[] = [...plan.problems]
  const digests = new Set(
    plan.hosts.flatMap((host) =>
      host.packages.flatMap((one) => [one.to.sha256, one.from?.sha256 ?? one.to.sha256]),
    ),
  )
  for (const digest of digests) {
    const stored = await session.store.verify(digest)
    if (!stored.ok) problems.push(...stored.problems)
  }
  if (problems.length > 0) return problems
  const world = worldOf(shell, session, system, plan)
  const found = await Promise.all(
    plan.hosts.filter((host) => host.packages.length > 0).map((host) => whyNotAsPlanned(world, host, 60_000)),
  )
  return found.flatMap((answer) => (answer.ok ? answer.value : answer.problems))
}

/** Does what is due of a rollout that has begun, and journals that this controller came and went. */
export async function carryOn(
  shell: Shell,
  session: Session,
  system: ResolvedSystem,
  plan: PatchPlan,
): Promise<RunEnd> {
  const progress = progressOf(shell, plan)
  const requests = new Map<RolloutEvent, string>()
  let stopping = false
  const noMoreInterrupts = shell.onInterrupt((count) => {
    stopping = true
    progress.say(
      count === 1
        ? 'Starting no more hosts; the ones in flight are finished. Ctrl-C again leaves them to themselves.'
        : 'Leaving. The hosts finish what they began; `upkeep resume` takes over.',
    )
    if (count > 1) shell.exit('interrupted')
  })
  async function tell(event: RolloutEvent): Promise<Told> {
    const told = await session.tell(event)
    progress.event(told)
    const request = requests.get(event)
    if (request !== undefined) await requestDone(request)
    if (isKept(event.type)) await keepHead(session, plan.id, tell)
    return told
  }

  const past = session.events().map(toTold)
  const beginsWithHead = needsHead(session.estate, session.events())
  const before = fold(plan, past)
  for (const event of past) if (event.data.rollout === plan.id) progress.past(event)
  const came = await tell({
    type: 'run.started',
    data: { rollout: plan.id, token: session.lease.token, pid: shell.pid },
  })
  if (beginsWithHead) await keepHead(session, plan.id, tell)
  const world = worldOf(shell, session, system, plan, (host, _step, text) => {
    for (const line of waitsSaid(text)) progress.say(`${host} is ${sanitise(line, 200)}`)
  })
  const window = windowOf(session, system)
  const ports: RunPorts = {
    now: shell.now,
    tell,
    perform: (host, step, context) => perform(world, host, step, context),
    askBackup: () => askBackup(system, session.estate.directory),
    mail: (kind, state) => {
      const soonest = Math.max(
        shell.now() + plan.policy.noticeMs,
        (state.testPassedMs ?? shell.now()) + soakOf(plan, state),
      )
      const opening = window(soonest, 0)
      const nextOpenMs = opening.open ? soonest : opening.untilMs
      return mailAbout(kind, {
        estate: session.estate,
        system,
        plan,
        state,
        nextOpenMs,
        secrets: session.secrets,
      })
    },
    mailTo: recipients(system),
    window,
    stopping: () => stopping,
    asked: async () => {
      const pending = await pendingRequests(session.estate.stateDir)
      const ours = pending.filter(({ event }) => event.data.rollout === plan.id)
      for (const { event, path } of ours) requests.set(event, path)
      return ours.map(({ event }) => event)
    },
    leaseHeld: async () =>
      (await session.lease.held())
        ? null
        : {
            code: 'lease/lost',
            what: 'Another controller has taken over; this one stops.',
            fix: 'See who with `upkeep patch status`.',
          },
  }
  try {
    const from = fold(plan, [...past, came])
    const refused = session.lease.contested > 0 ? await claimHosts(plan, from, world) : undefined
    if (refused !== undefined) throw leaseLostError(refused)
    const end = await execute(plan, from, ports)
    const why = end.state.status === 'ended' ? 'ended' : (end.waits[0]?.says ?? 'nothing is due')
    await tell({ type: 'run.ended', data: { rollout: plan.id, why, nextMs: end.nextMs } })
    return end
  } finally {
    noMoreInterrupts()
    progress.close(before)
  }
}

/** The window and the freezes of a system, and the systems that go before it, as one answer. */
export function windowOf(
  session: Pick<Session, 'estate' | 'events'>,
  system: ResolvedSystem,
): (nowMs: number, needMs: number) => WindowAnswer {
  const earlier = unfinishedBefore(session.estate, system, session.events())
  return (nowMs, needMs) => {
    if (earlier.length > 0) {
      return {
        open: false,
        gate: 'after',
        says: `waits for the rollout of ${earlier.join(', ')}`,
        untilMs: null,
      }
    }
    const unkept = notKept(session.estate, session.events())
    if (unkept !== undefined) return unkept
    const verdict = windowVerdict({
      window: system.window,
      freezes: session.estate.freezes,
      system: system.name,
      nowMs,
      needMs,
    })
    if (verdict.open) return { open: true, endsMs: verdict.endsMs }
    const needs =
      verdict.why === 'too-late' || verdict.why === 'too-short' ? ` (needs ${durationText(needMs)})` : ''
    return { open: false, says: `${verdict.text}${needs}`, untilMs: verdict.nextOpenMs }
  }
}

/** The exit code that fits how a run ended. */
export function exitOf(end: RunEnd): ExitName {
  const outcomes = Object.values(end.state.hosts).map((host) => host.outcome)
  if (outcomes.includes('stuck')) return 'stuck'
  if (end.waits.some((wait) => wait.gate === 'unknown')) return 'unknown'
  if (end.state.outcome === 'stopped') return 'stopped'
  if (end.waits.some((wait) => wait.gate === 'stop')) return 'interrupted'
  // Time alone does not open it: a timer that calls `resume` must not take this for good.
  if (end.state.status !== 'ended' && end.waits.some((wait) => wait.untilMs === null)) return 'refused'
  return 'ok'
}
