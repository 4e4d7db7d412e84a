import type { Action, HostPlan } from '../../schemas/plan.ts'
import type { Problem } from '../../schemas/problem.ts'
import { packagesOf } from '../packages/of-host.ts'
import { ask } from './ask.ts'
import { done, type Ended, failed, type Performing, type ProbeSaid, type World } from './context.ts'

/** Services need this long (ms) to answer after a restart or a boot; a check that is bad longer than this is bad. */
const settleMs = 45_000
/** Once traffic is back users wait with us: only connections that were cut meanwhile are made anew in this time (ms). */
const openSettleMs = 10_000
const pauseMs = 700

/**
 * Asks the probes until all are good, then for `forMs` again and again; a second bad round after that fails. Where a
 * balancer hides a sick host behind a well one, only a probe of the role, asked of the host itself, is sure to see it.
 * A probe that can not be asked counts as bad: no answer is never a good one.
 */
export async function checkProbes(
  { world, planned, step }: Performing,
  action: Extract<Action, { kind: 'check' }>,
): Promise<Ended> {
  const firstRounds = step.id === 'check.before' ? 3 : Number.POSITIVE_INFINITY
  const limitMs = action.forMs > 0 ? openSettleMs : settleMs
  const settled = await untilGood(world, planned.host, action.probes, firstRounds, limitMs)
  if (settled.bad.length > 0) return failed([answeredBadly(planned.host, settled.bad)])
  const endMs = world.now() + action.forMs
  let badRounds = 0
  let last = settled
  while (world.now() < endMs) {
    await world.sleep(Math.min(pauseMs, Math.max(endMs - world.now(), 1)))
    last = await round(world, planned.host, action.probes)
    badRounds += last.bad.length > 0 ? 1 : 0
    if (badRounds === 2) return failed([answeredBadly(planned.host, last.bad)])
  }
  return done(last.said, { answers: last.answers })
}

type Round = {
  readonly bad: readonly string[]
  readonly said: string
  readonly answers: Record<string, string>
}

async function untilGood(
  world: World,
  host: string,
  probes: readonly string[],
  rounds: number,
  limitMs: number,
): Promise<Round> {
  const endMs = world.now() + limitMs
  for (let count = 1; ; count += 1) {
    const asked = await round(world, host, probes)
    if (asked.bad.length === 0 || count >= rounds || world.now() >= endMs) return asked
    await world.sleep(pauseMs)
  }
}

async function round(world: World, host: string, probes: readonly string[]): Promise<Round> {
  const asked = await Promise.all(
    probes.map(async (name): Promise<readonly [string, ProbeSaid]> => [name, await world.probe(host, name)]),
  )
  const told = asked.map(([name, answer]) => `${name} ${answer.said}`)
  return {
    bad: asked
      .filter(([, answer]) => answer.outcome !== 'good')
      .map(([name, answer]) => `${name}: ${answer.said}`),
    said: told.join(', ') || 'nothing to ask',
    answers: Object.fromEntries(asked.map(([name, answer]) => [name, answer.outcome])),
  }
}

function answeredBadly(host: string, bad: readonly string[]): Problem {
  return {
    code: 'probe/bad',
    what: 'A probe does not answer well',
    where: host,
    found: bad.join('; '),
    fix: 'Look at the service behind the probe.',
  }
}

const conffileScript = `for path; do md5sum <"$path" 2>/dev/null || echo -; done`

/** The host still needs what was planned: installed versions, holds and conffiles are as when the plan was made. */
export async function isFresh({ world, planned, step }: Performing): Promise<Ended> {
  const moved = await whatMoved(world, planned, step.limitMs)
  if (!moved.ok) return failed(moved.problems)
  if (moved.value.length === 0) return done('as planned')
  return failed([stale(planned.host, moved.value)])
}

/** The problem of a host that is no longer as it was planned for. */
export function stale(host: string, moved: readonly string[]): Problem {
  return {
    code: 'plan/stale',
    what: 'The plan no longer fits the host; nothing was done.',
    where: host,
    found: moved.join('; '),
    fix: 'Make a new plan with `upkeep patch plan`.',
  }
}

/** What differs on the host, or in the estate's steps for it, from what its plan was made for, in words; empty when nothing does. */
export async function whatMoved(world: World, planned: HostPlan, limitMs: number) {
  const names = planned.packages.map((change) => `${change.name}:${change.architecture}`)
  const ran = await ask(world, planned.host, packagesOf(planned).checks.fresh, names, limitMs)
  if (!ran.ok) return ran
  const lines = ran.value.stdout.split('\n')
  const moved: string[] = [...world.wouldDiffer(planned)]
  const holds = new Set(lines.slice(lines.indexOf('holds') + 1).filter((line) => line !== ''))
  planned.packages.forEach((change, index) => {
    const [status = '-', version = '-'] = (lines[index] ?? '').split(' ').filter((word) => word !== '')
    const installed = status.startsWith('ii') || status.startsWith('hi') ? version : null
    if (installed !== change.fromVersion) {
      moved.push(
        `${change.name} is ${installed ?? 'not installed'}, planned from ${change.fromVersion ?? 'not installed'}`,
      )
    }
    if (holds.has(change.name)) moved.push(`${change.name} is held now`)
  })
  const paths = Object.keys(planned.watched)
  if (paths.length > 0) {
    const sums = await ask(world, planned.host, conffileScript, paths, limitMs)
    if (!sums.ok) return sums
    const found = sums.value.stdout.split('\n').map((line) => line.split(' ')[0])
    paths.forEach((path, index) => {
      if (found[index] !== planned.watched[path]) moved.push(`${path} was changed`)
    })
  }
  return { ok: true as const, value: moved }
}

/** The new versions are installed whole, nothing is half configured, and the services of the role are active. */
export async function isPatched(
  { world, planned, step }: Performing,
  action: Extract<Action, { kind: 'patched' }>,
): Promise<Ended> {
  const names = planned.packages.map((change) => `${change.name}:${change.architecture}`)
  const endMs = world.now() + settleMs
  for (;;) {
    const ran = await ask(
      world,
      planned.host,
      packagesOf(planned).checks.patched,
      [action.services.join(' '), ...names],
      step.limitMs,
    )
    if (!ran.ok) return failed(ran.problems)
    const wrong = notPatched(planned, ran.value.stdout.split('\n'))
    if (wrong.length === 0) return done(`${planned.packages.length} packages at their new versions`)
    if (world.now() >= endMs) {
      return failed([
        {
          code: 'check/not-patched',
          what: 'After the patch the host is not as planned',
          where: planned.host,
          found: wrong.join('; '),
          fix: 'See the output of the installing step.',
        },
      ])
    }
    await world.sleep(pauseMs)
  }
}

function notPatched(planned: HostPlan, lines: readonly string[]): readonly string[] {
  const wrong: string[] = []
  planned.packages.forEach((change, index) => {
    const [status = '-', version = '-'] = (lines[index] ?? '').split(' ').filter((word) => word !== '')
    if (!status.startsWith('ii') || version !== change.to.version) {
      wrong.push(`${change.name} is ${status} ${version}, planned ${change.to.version}`)
    }
  })
  const audit = lines
    .slice(lines.indexOf('audit') + 1, lines.indexOf('services'))
    .filter((line) => line !== '')
  if (audit.length > 0) wrong.push(`${packagesOf(planned).checks.audit}: ${audit.slice(0, 3).join(' ')}`)
  for (const line of lines.slice(lines.indexOf('services') + 1)) {
    const [service, state] = line.split(' ')
    if (service !== undefined && state !== undefined && state !== 'active')
      wrong.push(`${service} is ${state}`)
  }
  return wrong
}
