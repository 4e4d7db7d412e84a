import type { HostPlan, PatchPlan, Step } from '../../schemas/plan.ts'
import type { Problem } from '../../schemas/problem.ts'
import type { StartGates } from '../gate/start.ts'
import type { RolloutEvent, StepEnd, Told } from './events.ts'
import { advance, ownHosts } from './fold.ts'
import { type Effect, type MailKind, next, type Wait } from './next.ts'
import { nextDue } from './next-due.ts'
import { hostPlanOf } from './plan-index.ts'
import type { RolloutState } from './state.ts'

/** What a run needs of the world; everything that is not pure comes in here. */
export type RunPorts = {
  readonly now: () => number
  /** Makes an event durable before it resolves; rejects when the journal can not be written. */
  readonly tell: (event: RolloutEvent) => Promise<Told>
  /** Performs one step, or reattaches to it; expected trouble is in the result. */
  readonly perform: (host: HostPlan, step: Step, context: StepContext) => Promise<StepEnd>
  readonly askBackup: () => Promise<{ readonly timeMs: number | null; readonly said: string }>
  readonly mail: (
    kind: MailKind,
    state: RolloutState,
  ) => Promise<{ readonly sent: boolean; readonly said: string }>
  readonly mailTo: readonly string[]
  readonly window: StartGates['window']
  /** True once this controller was interrupted: it starts nothing more. */
  readonly stopping: () => boolean
  /** What people asked of this rollout since it was asked for last, not journalled yet. */
  readonly asked: () => Promise<readonly RolloutEvent[]>
  /** Whether this controller may still act; asked before every effect. */
  readonly leaseHeld: () => Promise<Problem | null>
}

/** What a step is told besides its own data; the state's other hosts move on while the step is performed. */
export type StepContext = { readonly rollout: string; readonly resume: boolean; readonly state: RolloutState }

/** Why a run ended: the rollout is over, or nothing is due before `nextMs`. */
export type RunEnd = {
  readonly state: RolloutState
  readonly waits: readonly Wait[]
  readonly nextMs: number | null
}

/** The pure functions that a run is made of; a simulation passes wrong ones, to see that they are found out. */
export type Deciding = { readonly advance: typeof advance; readonly next: typeof next }

/** Does what is due, each effect announced on disk before and its outcome after, until nothing is due any more. */
export async function execute(
  plan: PatchPlan,
  from: RolloutState,
  ports: RunPorts,
  deciding: Deciding = { advance, next },
): Promise<RunEnd> {
  let state = ownHosts(from)
  const flying = new Set<string>()
  let beginning = 0
  let isStopped = false
  let broken: { readonly cause: unknown } | null = null
  let landed = Promise.withResolvers<void>()

  async function tell(event: RolloutEvent): Promise<void> {
    const told = await ports.tell(event)
    // The state is read after the wait: other hosts tell things meanwhile.
    state = deciding.advance(plan, state, told)
  }

  async function carryOut(effect: Effect): Promise<void> {
    const problem = await ports.leaseHeld()
    if (problem !== null) throw leaseLostError(problem)
    await effects[effect.do](effect as never)
  }

  const rollout = plan.id
  const effects: { readonly [K in Effect['do']]: (effect: Extract<Effect, { do: K }>) => Promise<void> } = {
    'host.start': async ({ host, needMs }) => {
      // Decided before the stop was read: no host may start behind it in the journal.
      if (isStopped) return
      await tell({ type: 'host.started', subject: host, data: { rollout, needMs } })
    },
    'host.turn': ({ host, way, why }) =>
      tell({ type: 'host.turned', subject: host, data: { rollout, way, why } }),
    'host.end': ({ host, outcome, said }) =>
      tell({ type: 'host.ended', subject: host, data: { rollout, outcome, said } }),
    'ring.pass': () => tell({ type: 'ring.passed', data: { rollout } }),
    'rollout.end': ({ outcome, said }) => tell({ type: 'rollout.ended', data: { rollout, outcome, said } }),
    'backup.ask': async () => {
      await tell({ type: 'backup.asked', data: { rollout } })
      await tell({ type: 'backup.seen', data: { rollout, ...(await ports.askBackup()) } })
    },
    mail: async ({ mail }) => {
      await tell({ type: 'mail.started', subject: mail, data: { rollout, to: ports.mailTo } })
      await tell({ type: 'mail.ended', subject: mail, data: { rollout, ...(await ports.mail(mail, state)) } })
    },
    step: async ({ host, step, resume }) => {
      const planned = hostPlanOf(plan, host)
      if (planned === undefined) throw new Error(`no host ${host} in the plan`)
      await tell({ type: 'step.started', subject: host, data: { rollout, step: step.id, resume } })
      const end = await ports.perform(planned, step, { rollout, resume, state })
      // The step is the other controller's now: how it ends is not for this one to say.
      if (end.problem?.code === 'host/fenced') throw leaseLostError(end.problem)
      await tell({ type: 'step.ended', subject: host, data: { rollout, step: step.id, ...end } })
    },
  }

  async function takeUpAsked(): Promise<void> {
    for (const event of await ports.asked()) {
      if (event.type === 'stop.asked') isStopped = true
      await tell(event)
    }
  }

  for (;;) {
    await takeUpAsked().catch((cause: unknown) => {
      broken ??= { cause }
    })
    const due = deciding.next(plan, state, ports.now(), { window: ports.window, stopping: ports.stopping() })
    // A host that is about to begin is not in the state yet: until it is, who else may begin was judged without it.
    const isBeginning = beginning > 0
    for (const effect of broken === null ? due.effects : []) {
      const key = keyOf(effect)
      // One effect at a time per host: the next is judged from the state that this one leaves.
      if (flying.has(key)) continue
      // A host may be about to begin, which the state does not know yet: nothing ends before that has landed.
      if (effect.do === 'rollout.end' && flying.size > 0) continue
      if (effect.do === 'host.start' && isBeginning) continue
      flying.add(key)
      if (effect.do === 'host.start') beginning += 1
      void carryOut(effect)
        .catch((cause: unknown) => {
          broken ??= { cause }
        })
        .finally(() => {
          flying.delete(key)
          if (effect.do === 'host.start') beginning -= 1
          landed.resolve()
        })
    }
    if (flying.size === 0) {
      if (broken !== null) throw (broken as { cause: unknown }).cause
      return { state, waits: due.waits, nextMs: nextDue(due.waits) }
    }
    // One promise for all flights: to race them anew each time would cost as much as there are hosts at work.
    await landed.promise
    landed = Promise.withResolvers()
  }
}

function keyOf(effect: Effect): string {
  if ('host' in effect) return `host ${effect.host}`
  return effect.do
}

const leaseLost = Symbol('lease lost')

/** The error that ends a run because another controller took over. */
export function leaseLostError(problem: Problem): Error {
  return Object.assign(new Error(problem.what), { [leaseLost]: problem })
}

/** The problem inside an error that says that another controller took over; null for any other error. */
export function leaseLostProblem(cause: unknown): Problem | null {
  if (!(cause instanceof Error) || !(leaseLost in cause)) return null
  return cause[leaseLost] as Problem
}
