import type { RunPorts } from '../../core/run/execute.ts'
import type { RolloutState } from '../../core/run/state.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import type { Planted } from './observed.ts'
import type { Invariant } from './seen.ts'

/** A bug that the simulation must find, and by which invariant. */
export type PlantedBug = { readonly name: string; readonly invariant: Invariant; readonly planted: Planted }

/** For each invariant at least one bug, planted around what a controller decides by or what it acts through. */
export const plantedBugs: readonly PlantedBug[] = [
  bug('evidence', 'the soak is judged as if it were over', {
    deciding: ({ advance, next }) => ({
      advance,
      next: (plan, state, nowMs, gates) => next(withPolicy(plan, { soakMs: 0 }), state, nowMs, gates),
    }),
  }),
  bug('evidence', 'nobody waits for the notice', {
    deciding: ({ advance, next }) => ({
      advance,
      next: (plan, state, nowMs, gates) => next(withPolicy(plan, { noticeMs: 0 }), state, nowMs, gates),
    }),
  }),
  bug('evidence', 'a window that is open is taken to be long enough', {
    deciding: ({ advance, next }) => ({
      advance,
      next: (plan, state, nowMs, gates) =>
        next(plan, state, nowMs, { ...gates, window: (startMs) => gates.window(startMs, 0) }),
    }),
  }),
  bug('evidence', 'a backup is good, however old it is', {
    deciding: ({ advance, next }) => ({
      advance,
      next: (plan, state, nowMs, gates) =>
        next(withPolicy(plan, { backupMaxAgeMs: null }), state, nowMs, gates),
    }),
  }),
  bug('evidence', 'an answer about the backup never ages', {
    deciding: ({ advance, next }) => ({
      advance,
      next(plan, state, nowMs, gates) {
        const backup = state.backup === null ? null : { ...state.backup, askedMs: nowMs }
        return next(plan, { ...state, backup }, nowMs, gates)
      },
    }),
  }),
  bug('evidence', 'production opens though test was not finished', {
    deciding: ({ advance, next }) => ({
      advance,
      next: (plan, state, nowMs, gates) => next({ ...plan, test: [] }, state, nowMs, gates),
    }),
  }),
  bug('evidence', 'a way back counts as rehearsed once a test host has begun', {
    deciding: ({ advance, next }) => ({
      advance,
      next: (plan, state, nowMs, gates) =>
        next(
          plan,
          withHosts(state, (host) => ({ ...host, proven: { snapshot: 1, packages: 1 } })),
          nowMs,
          gates,
        ),
    }),
  }),
  bug('once', 'a step is begun anew where its controller was killed', {
    deciding: ({ advance, next }) => ({
      advance,
      next(plan, state, nowMs, gates) {
        const due = next(plan, state, nowMs, gates)
        const effects = due.effects.map((effect) =>
          effect.do === 'step' ? { ...effect, resume: false } : effect,
        )
        return { ...due, effects }
      },
    }),
  }),
  bug('once', 'the way back is walked from its end', {
    deciding: ({ advance, next }) => ({
      advance,
      next(plan, state, nowMs, gates) {
        const hosts = plan.hosts.map((host) => ({
          ...host,
          back: { ...host.back, packages: host.back.packages.toReversed() },
        }))
        return next({ ...plan, hosts }, state, nowMs, gates)
      },
    }),
  }),
  bug('intent', 'an event is said to be on disk before it is', { ports: writesLater }),
  bug('outcome', 'a host that nobody knows about does not stop the wave', {
    deciding: ({ advance, next }) => ({
      advance,
      next(plan, state, nowMs, gates) {
        const due = next(plan, state, nowMs, gates)
        const lost = plan.hosts.find(({ host }) => host === due.waits[0]?.host)
        if (due.waits[0]?.gate !== 'unknown' || lost?.ring !== 'production') return due
        const blind = withHosts(state, (host) =>
          Object.values(host.ended).some((end) => end.outcome === 'unknown')
            ? { ...host, phase: 'ended', outcome: 'done' }
            : host,
        )
        return next(plan, blind, nowMs, gates)
      },
    }),
  }),
  bug('outcome', 'a lost link is taken for success', {
    deciding: ({ advance, next }) => ({
      advance,
      next: (plan, state, nowMs, gates) => next(plan, withHosts(state, guessed('unknown')), nowMs, gates),
    }),
  }),
  bug('snapshot', 'a snapshot that failed is taken for one', {
    deciding: ({ advance, next }) => ({
      advance,
      next: (plan, state, nowMs, gates) =>
        next(plan, withHosts(state, guessed('failed', 'snapshot.take')), nowMs, gates),
    }),
  }),
  bug('snapshot', 'the snapshot is put back though the host was in use since', {
    deciding: ({ advance, next }) => ({
      advance,
      next: (plan, state, nowMs, gates) =>
        next(
          plan,
          withHosts(state, (host) => ({ ...host, opened: false })),
          nowMs,
          gates,
        ),
    }),
  }),
  bug('snapshot', 'nobody looks for rows before the snapshot is put back', {
    ports: (right) => ({
      ...right,
      async perform(host, step, context) {
        const end = await right.perform(host, step, context)
        return step.does === 'rows.count' && end.outcome === 'failed' ? { ...end, outcome: 'done' } : end
      },
    }),
  }),
  bug('fold', 'the controller knows more than it has written', {
    deciding: ({ advance, next }) => ({
      next,
      advance(plan, state, event) {
        const after = advance(plan, state, event)
        return event.type === 'backup.asked'
          ? { ...after, backup: { askedMs: 0, timeMs: 0, said: '' } }
          : after
      },
    }),
  }),
  bug('budget', 'hosts on their way are not counted as broken', {
    deciding: ({ advance, next }) => ({
      advance,
      next: (plan, state, nowMs, gates) =>
        next(withPolicy(plan, { failureBudget: plan.policy.failureBudget + 1 }), state, nowMs, gates),
    }),
  }),
  bug('budget', 'as many test hosts begin as are wished, though fewer may fail', {
    deciding: ({ advance, next }) => ({
      advance,
      next(plan, state, nowMs, gates) {
        if (state.testPassedMs !== null) return next(plan, state, nowMs, gates)
        const failureBudget = Math.max(plan.policy.failureBudget, plan.policy.atOnce)
        return next(withPolicy(plan, { failureBudget }), state, nowMs, gates)
      },
    }),
  }),
  bug('truth', 'nobody looks whether the packages are installed', {
    ports: (right) => ({
      ...right,
      async perform(host, step, context) {
        const end = await right.perform(host, step, context)
        return step.does === 'check.patched' && end.outcome === 'failed' ? { ...end, outcome: 'done' } : end
      },
    }),
  }),
  bug('stall', 'a rollout whose test failed waits and says nothing', {
    deciding: ({ advance, next }) => ({
      advance,
      next(plan, state, nowMs, gates) {
        const due = next(plan, state, nowMs, gates)
        return due.effects[0]?.do === 'rollout.end' ? { effects: [], waits: [] } : due
      },
    }),
  }),
]

function bug(invariant: Invariant, name: string, planted: Planted): PlantedBug {
  return { name, invariant, planted }
}

function withPolicy(plan: PatchPlan, policy: Partial<PatchPlan['policy']>): PatchPlan {
  return { ...plan, policy: { ...plan.policy, ...policy } }
}

type HostState = RolloutState['hosts'][string]

function withHosts(state: RolloutState, change: (host: HostState) => HostState): RolloutState {
  const hosts = Object.entries(state.hosts).map(([name, host]) => [name, change(host)] as const)
  return { ...state, hosts: Object.fromEntries(hosts) }
}

/** Takes steps that ended so for done ones. */
function guessed(outcome: 'unknown' | 'failed', only?: string): (host: HostState) => HostState {
  return (host) => {
    const wrong = Object.entries(host.ended).filter(
      ([id, end]) => end.outcome === outcome && (only === undefined || id.startsWith(only)),
    )
    if (wrong.length === 0) return host
    const ended = wrong.map(([id, end]) => [id, { ...end, outcome: 'done' as const }] as const)
    return { ...host, ended: { ...host.ended, ...Object.fromEntries(ended) } }
  }
}

/** Says of an event that it is durable, and writes it a little later. */
function writesLater(right: RunPorts): RunPorts {
  return {
    ...right,
    async tell(event) {
      const told = { ...event, timeMs: right.now() }
      if (event.type !== 'step.started') return right.tell(event)
      await Promise.resolve()
      void Promise.resolve()
        .then(() => null)
        .then(() => null)
        .then(() => right.tell(event))
        .catch(() => null)
      return told
    },
  }
}
