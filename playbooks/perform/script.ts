import { sanitise } from '../../connect/text.ts'
import { runUnit } from '../../connect/unit.ts'
import type { Action } from '../../schemas/plan.ts'
import type { Problem } from '../../schemas/problem.ts'
import { armGuard, confirmGuard, wentBack } from './guard.ts'
import { outputSaid, restartsSaid } from './said.ts'
import { done, type Ended, failed, type Performing, unknown } from './context.ts'

/** The fixed name of the unit that does a step; the same for every controller that looks for it. */
export function unitName(rollout: string, step: string): string {
  return `upkeep-${rollout}-${step}`
}

/** What is started or ended late on the host has this long (ms) besides its limit. */
const graceMs = 60_000

/** Steps that may wait for somebody else, so that people want to see meanwhile for whom. */
const waits: readonly string[] = [
  'updaters.pause',
  'apt.install',
  'apt.downgrade',
  'dnf.install',
  'dnf.downgrade',
]

/** Exit code of the pausing script when it gave up waiting (EX_TEMPFAIL). */
const stillAtWork = 75

/** The host, or this machine, refused before anything was run. */
const notLetIn = /^(host\/(key-|auth-refused|sudo-|certificate|known-hosts|no-common-algorithm)|secret\/)/

/**
 * Runs a script on the host as a transient unit, once, and waits for its end; under a guard, if the plan wants one: what
 * no new login confirms has failed, and the host has gone back by itself.
 */
export async function runScript(
  performing: Performing,
  action: Extract<Action, { kind: 'script' }>,
): Promise<Ended> {
  const { step, context } = performing
  const armed = await armGuard(performing, unitName(context.rollout, step.id))
  if (!armed.ok) return failed(armed.problems)
  const end = typeof armed.value === 'object' ? null : await runAsUnit(performing, action)
  if (end?.problem?.code === 'host/fenced') return end
  // The way back of the host takes no longer than a step may.
  const said = await confirmGuard(performing, step.limitMs + graceMs)
  if (!said.ok)
    return said.problems.some(isFenced) ? failed(said.problems) : unknown(notConfirmed(said.problems))
  if (typeof said.value === 'object') return failed([wentBack(performing, said.value.wentBack)])
  return end ?? unknown('the host was going back by itself, and nothing tells any more how that ended')
}

function isFenced({ code }: Problem): boolean {
  return code === 'host/fenced'
}

function notConfirmed([problem]: readonly Problem[]): string {
  return `no new login confirmed it, and whether the host went back is not known yet: ${problem?.what ?? ''}`
}

async function runAsUnit(
  { world, planned, step, context }: Performing,
  action: Extract<Action, { kind: 'script' }>,
): Promise<Ended> {
  const end = await runUnit(() => world.host(planned.host), {
    unit: unitName(context.rollout, step.id),
    // A host that can not be reached may be on its way back.
    waitMs:
      step.limitMs + graceMs + (step.confirmWithinMs === undefined ? 0 : step.confirmWithinMs + step.limitMs),
    script: action.script,
    args: action.args,
    timeoutMs: step.limitMs,
    fence: world.fence,
    ...(waits.includes(step.does)
      ? { onOutput: (text: string) => world.onOutput?.(planned.host, step.id, text) }
      : {}),
  })
  if (!end.ok) {
    const { code, what } = end.problems[0] ?? { code: '', what: '' }
    // Not let in at the start is a failure, for nothing was started; but not when an earlier controller began.
    const isRefusal =
      /^host\/(unit-differs|unit|no-shell|fenced)$/.test(code) || (!context.resume && notLetIn.test(code))
    if (isRefusal) return failed(end.problems)
    return unknown(`${what} Whether the work was done is not known yet.`)
  }
  if (end.value.state === 'unknown') return unknown(end.value.why)
  if (end.value.state === 'running') return unknown('it is still running on the host')
  // The whole output stays on the host; here are a few words for the journal and people.
  const isRestart = step.does === 'service.restart' && end.value.code <= 1
  const said = isRestart
    ? sanitise(restartsSaid(end.value.output), 800)
    : sanitise(outputSaid(end.value.output), 800)
  if (end.value.code === 0) return done(said)
  if (step.does === 'updaters.pause' && end.value.code === stillAtWork) {
    return failed([
      {
        code: 'dpkg/busy',
        what: 'Somebody else was at work with packages for longer than the step may wait; nothing was begun.',
        where: planned.host,
        found: said,
        fix: 'Wait until that has ended, then plan again; never kill dpkg and never remove its lock.',
      },
    ])
  }
  return failed([
    {
      code: 'step/failed',
      what: `${step.does} ended with exit status ${end.value.code}`,
      where: planned.host,
      found: said,
      fix: `The whole output lies on ${planned.host} in the directory of unit ${unitName(context.rollout, step.id)}.`,
    },
  ])
}
