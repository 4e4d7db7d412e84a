import { quoteAll } from '../../connect/quote.ts'
import { sanitise } from '../../connect/text.ts'
import type { Action } from '../../schemas/plan.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import { scriptText } from '../steps/script.ts'
import { guardDirectory } from '../steps/confirm.ts'
import { act } from './ask.ts'
import type { Performing } from './context.ts'

/** How it stands about a guard: it waits for its confirmation, has it, or the host went back by itself (in words). */
export type GuardSaid = 'armed' | 'confirmed' | { readonly wentBack: string }

/**
 * Has the host arm the guard of a step, if the plan wants one: without a confirmation over a new login in time the host
 * takes the plan's own way back to the old packages, and puts network and sshd right. `unit` does the step, if any.
 */
export async function armGuard(performing: Performing, unit: string | null): Promise<Result<GuardSaid>> {
  const { world, planned, step, context } = performing
  if (step.confirmWithinMs === undefined) return ok('confirmed')
  const armed = await act(
    world,
    planned.host,
    scriptText('guard-arm.sh'),
    [
      guardDirectory(context.rollout, step.id),
      guardUnit(performing),
      unit ?? '-',
      String(Math.max(1, Math.ceil(step.confirmWithinMs / 1000))),
      scriptText('guard-watch.sh'),
      wayBack(performing, 'apt.downgrade'),
      wayBack(performing, 'service.restart'),
    ],
    60_000,
  )
  if (!armed.ok) return armed
  return ok(armed.value.stdout.trim() === 'fired' ? { wentBack: '' } : 'armed')
}

/**
 * Confirms the step over a new login, or waits until the host has gone back by itself and says what it did. A login
 * with another host key is none. `notBootId`: the host must have booted since. Problems: why no login came to be within
 * `graceMs` beyond the time that the host waits.
 */
export async function confirmGuard(
  performing: Performing,
  graceMs: number,
  notBootId: string | null = null,
): Promise<Result<GuardSaid>> {
  const { world, planned, step, context } = performing
  if (step.confirmWithinMs === undefined) return ok('confirmed')
  const args = [guardDirectory(context.rollout, step.id), guardUnit(performing), notBootId ?? '-']
  const endMs = world.now() + step.confirmWithinMs + graceMs
  let last: Problem = {
    code: 'host/not-confirmed',
    what: 'The host still goes back, or has not booted yet.',
    where: planned.host,
    fix: 'Resume, which asks again; or look at its console.',
  }
  for (let tries = 0; world.now() < endMs; tries += 1) {
    const said = await overNewLogin(performing, args)
    if (said.ok) {
      const [word = '', ...more] = said.value.split('\n')
      if (word === 'confirmed') return ok('confirmed')
      if (word === 'went-back') return ok({ wentBack: sanitise(reportOf(more), 600) })
    } else {
      last = said.problems[0] ?? last
      if (last.code === 'host/fenced') return said
    }
    // Who is refused again and again is locked out in the end.
    const isRefused = !said.ok && /^host\/(auth|sudo)-refused$/.test(last.code)
    await world.sleep(isRefused ? 15_000 : Math.min(3000, 200 * 2 ** tries))
  }
  return fail(last)
}

/** The problem of a step whose host went back by itself. */
export function wentBack({ planned, step }: Performing, report: string): Problem {
  return {
    code: 'host/went-back',
    what: `No new login confirmed the step within ${(step.confirmWithinMs ?? 0) / 1000} s, so the host went back by itself.`,
    where: planned.host,
    found: report,
    fix: 'Find out why the step cut the access; the log lies on the host until its way back has ended.',
  }
}

async function overNewLogin(
  { world, planned }: Performing,
  args: readonly string[],
): Promise<Result<string>> {
  const host = await world.login(planned.host)
  if (!host.ok) return host
  try {
    const o = { root: true, fence: world.fence, args, timeoutMs: 60_000 }
    const ran = await host.value.run(scriptText('guard-confirm.sh'), o)
    if (!ran.ok) return ran
    if (ran.value.code === 0) return ok(ran.value.stdout)
    const found = sanitise(ran.value.stderr.trim(), 300)
    return fail({
      code: 'host/lost',
      what: 'The host did not say whether it is confirmed.',
      where: planned.host,
      found,
    })
  } finally {
    host.value.close()
  }
}

function guardUnit({ step, context }: Performing): string {
  return `upkeep-guard-${context.rollout}-${step.id}`
}

/** A script of the plan's own way back to the old packages, with its arguments in it. */
function wayBack({ planned }: Performing, does: string): string {
  const step = planned.back.packages.find((one) => one.does === does)
  const action: Action | undefined = step?.action
  // A guard that goes back to nothing, and says that it went back, is worse than none.
  if (action?.kind !== 'script' && does === 'apt.downgrade')
    throw new Error(`${planned.host} has no way back to guard it`)
  return action?.kind === 'script' ? `set -- ${quoteAll(action.args)}\n${action.script}\n` : 'exit 0\n'
}

/** When it fired, and its lines but the exit status. */
function reportOf([firedAt = '', , ...lines]: readonly string[]): string {
  return [firedAt, ...lines].filter((line) => line !== '').join('; ')
}
