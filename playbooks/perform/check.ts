import type { Action, HostPlan } from '../../schemas/plan.ts'
import { sanitise } from '../../connect/text.ts'
import { ok, type Problem, type Result } from '../../schemas/problem.ts'
import { clockScript, wrongClock } from '../facts/clock.ts'
import { mountOutside, mounts } from '../facts/mounts.ts'
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

/**
 * The host still needs what was planned: installed versions, holds and conffiles are as when the plan was made. Nothing
 * is begun where work of dpkg or rpm was interrupted.
 */
export async function isFresh({ world, planned, step }: Performing): Promise<Ended> {
  const found = await whyNotAsPlanned(world, planned, step.limitMs)
  if (!found.ok) return failed(found.problems)
  return found.value.length === 0 ? done('as planned') : failed(found.value)
}

function stale(host: string, moved: readonly string[]): Problem {
  return {
    code: 'plan/stale',
    what: 'The plan no longer fits the host; nothing was done.',
    where: host,
    found: moved.join('; '),
    fix: 'Make a new plan with `upkeep patch plan`.',
  }
}

/**
 * Why the plan can not be begun on a host, none when it can: `dpkg/interrupted`, `rpm/interrupted`; `gate/clock`;
 * `snapshot/mount-outside`; `plan/stale` with all that differs there, or in the estate's steps for it, from what the plan was made for. Problems: those of the connection.
 */
export async function whyNotAsPlanned(
  world: World,
  planned: HostPlan,
  limitMs: number,
): Promise<Result<readonly Problem[]>> {
  const names = planned.packages.map((change) => `${change.name}:${change.architecture}`)
  const { checks } = packagesOf(planned)
  const ran = await ask(world, planned.host, checks.fresh, names, limitMs)
  if (!ran.ok) return ran
  const lines = ran.value.stdout.split('\n')
  const work = lines
    .slice(lines.indexOf('unfinished') + 1, lines.indexOf('holds'))
    .map((line) => sanitise(line.replace(/^(\S+) +(.*)$/, '$2 ($1)'), 200))
  if (work.length > 0) return ok([checks.interrupted(planned.host, work)])
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
  const clock = await whyNotInTime(world, planned.host, limitMs)
  if (!clock.ok) return clock
  const outside = await whyNotWhole(world, planned)
  if (!outside.ok) return outside
  const problems = [...(moved.length === 0 ? [] : [stale(planned.host, moved)]), ...clock.value]
  return ok([...problems, ...outside.value])
}

/** By a wrong clock, of the host or of the controller, nothing is begun: what it says of time is not to be believed. */
async function whyNotInTime(
  world: World,
  host: string,
  limitMs: number,
): Promise<Result<readonly Problem[]>> {
  const before = world.now()
  const ran = await ask(world, host, clockScript, [], limitMs)
  if (!ran.ok) return ran
  const wrong = wrongClock(host, ran.value.stdout, { before, after: world.now() })
  return ok(wrong === undefined ? [] : [wrong])
}

/** Something may have been mounted since the plan was made that its snapshot would leave out. */
async function whyNotWhole(world: World, planned: HostPlan): Promise<Result<readonly Problem[]>> {
  const take = planned.steps.map(({ action }) => action).find(({ kind }) => kind === 'snapshot.take')
  if (take?.kind !== 'snapshot.take') return ok([])
  const host = await world.host(planned.host)
  const found = host.ok ? await mounts(host.value) : host
  if (!found.ok) return found
  const problem = mountOutside(planned.host, found.value, take.outside ?? [])
  return ok(problem === undefined ? [] : [problem])
}
