import type { ResolvedEstate, ResolvedSystem } from '../core/estate/resolved.ts'
import type { ExitName } from '../core/exit.ts'
import { isExpired } from '../core/run/held.ts'
import type { RunEnd } from '../core/run/execute.ts'
import type { HostState } from '../core/run/state.ts'
import type { PatchPlan } from '../schemas/plan.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import { type Shell, textOption } from './command.ts'
import { systemNamed } from './estate-file.ts'
import { inSession } from './in-session.ts'
import { runAsScript } from './main.ts'
import { agreeToLose } from './rollout/agree-to-lose.ts'
import { expired } from './rollout/expired.ts'
import { changedSince } from './rollout/other-rollouts.ts'
import { personOf } from './rollout/person.ts'
import { type Rollout, rolloutById } from './rollout/rollouts.ts'
import { carryOn, exitOf } from './rollout/run.ts'
import type { Session } from './rollout/session.ts'
import { snapshotsOf, worldOf } from './rollout/world.ts'
import { showEnd } from './show/end.ts'
import { zoneOf } from './show/when.ts'
import { refuse } from './told.ts'

/**
 * Takes hosts that a rollout patched back to their old packages, and rows that were written since are kept; or one host to
 * its snapshot, once a person has agreed to the number of transactions that this loses.
 */
export async function run(shell: Shell): Promise<ExitName> {
  return inSession(shell, (estate, session) => takeBack(shell, estate, session))
}

async function takeBack(shell: Shell, estate: ResolvedEstate, session: Session): Promise<ExitName> {
  const id = textOption(shell, 'rollout')
  const reason = textOption(shell, 'reason')
  if (id === undefined || reason === undefined) {
    return refuse(shell, [
      { code: 'usage/rollback', what: 'Name the rollout and the reason: --rollout ID --reason TEXT.' },
    ])
  }
  const way = textOption(shell, 'way') ?? 'packages'
  const lose = textOption(shell, 'lose')
  const named = namedHosts(shell)
  const isMisused =
    (way !== 'packages' && way !== 'snapshot') ||
    (way === 'snapshot' && named?.length !== 1) ||
    (lose !== undefined && (way !== 'snapshot' || !/^\d{1,15}$/.test(lose)))
  if (isMisused) return refuse(shell, [misusedWay])
  const rollout = await rolloutById(estate, session.events(), id)
  if (!rollout.ok) return refuse(shell, rollout.problems)
  const { plan } = rollout.value
  const system = systemNamed(estate, plan.system)
  if (!system.ok) return refuse(shell, system.problems)
  const hosts = hostsToTakeBack(rollout.value, named, way)
  if (!hosts.ok) return refuse(shell, hosts.problems)
  const later = await changedSince(estate, session.events(), plan.id, hosts.value)
  if (!later.ok) return refuse(shell, later.problems)
  const [host] = hosts.value
  if (way === 'snapshot' && host !== undefined) {
    const asked = { host, reason, lose: lose === undefined ? null : Number(lose) }
    return backToSnapshot(shell, session, system.value, rollout.value, asked)
  }
  await session.tell({
    type: 'rollback.asked',
    data: { rollout: plan.id, hosts: hosts.value, way: 'packages', reason, by: personOf(shell) },
  })
  const end = await carryOn(shell, session, system.value, plan)
  const shown = { timeZone: zoneOf(estate, plan.system), snapshots: snapshotsOf(system.value) }
  showEnd(shell, plan, end, shown)
  return exitOf(end)
}

const misusedWay = {
  code: 'usage/rollback-way',
  what: 'The way is packages or snapshot; a snapshot is of one named host, and only there is something to lose: --host NAME --way snapshot [--lose N].',
}

function namedHosts(shell: Shell): readonly string[] | undefined {
  const named = shell.options['host']
  return Array.isArray(named) ? (named as readonly string[]) : undefined
}

type AskedSnapshot = { readonly host: string; readonly reason: string; readonly lose: number | null }

/**
 * Asks what may be lost, closes the host and counts again: what was committed meanwhile is asked about anew, at a terminal
 * at once, else with the host stuck and the next number shown.
 */
async function backToSnapshot(
  shell: Shell,
  session: Session,
  system: ResolvedSystem,
  rollout: Rollout,
  { host, reason, lose }: AskedSnapshot,
): Promise<ExitName> {
  const { plan } = rollout
  const world = worldOf(shell, session, system, plan)
  const first = await agreeToLose({ shell, session, world, rollout, host, lose })
  if (!first.ok) return refuse(shell, first.problems)
  let mayLose = first.value
  let end: RunEnd
  for (;;) {
    await session.tell({
      type: 'rollback.asked',
      data: { rollout: plan.id, hosts: [host], way: 'snapshot', reason, by: personOf(shell), mayLose },
    })
    end = await carryOn(shell, session, system, plan)
    if (lose !== null || !lostMore(end.state.hosts[host])) break
    const now = { ...rollout, state: end.state }
    const again = await agreeToLose({ shell, session, world, rollout: now, host, lose })
    if (!again.ok) break
    mayLose = again.value
  }
  showEnd(shell, plan, end, { timeZone: zoneOf(session.estate, plan.system), snapshots: snapshotsOf(system) })
  return exitOf(end)
}

function lostMore(host: HostState | undefined): boolean {
  return Object.values(host?.ended ?? {}).some(({ problem }) => problem?.code === 'snapshot/rows-lost')
}

function hostsToTakeBack(
  { plan, state }: Rollout,
  named: readonly string[] | undefined,
  way: 'packages' | 'snapshot',
): Result<readonly string[]> {
  const wanted = named ?? plan.hosts.map((host) => host.host)
  if (isExpired(state)) return fail(expired(plan.id))
  // One that is on its way turns to its way back; one that is on its way back already goes on.
  const patched = wanted.filter((host) => isTaken(state.hosts[host], way))
  const inFlight = Object.entries(state.hosts).flatMap(([host, { phase }]) =>
    phase === 'forward' || phase === 'back' ? [host] : [],
  )
  const unknown = wanted.filter((host) => !isPlanned(plan, host))
  if (unknown.length > 0) {
    return fail({
      code: 'input/host',
      what: 'The rollout has no such host.',
      found: unknown.join(', '),
      expected: plan.hosts.map((host) => host.host).join(', '),
    })
  }
  const beside = inFlight.filter((host) => !wanted.includes(host) || way === 'snapshot')
  if (beside.length > 0) {
    return fail({
      code: 'input/hosts-in-flight',
      what: `Other hosts of this rollout are on their way, and may not be patched on beside a way back: ${beside.join(', ')}.`,
      where: plan.id,
      fix: `Stop it first (\`upkeep stop --rollout ${plan.id} --reason TEXT\`), or take all hosts back: leave --host out.`,
    })
  }
  if (patched.length > 0) return ok(patched)
  return fail({
    code: 'input/nothing-to-take-back',
    what: 'None of these hosts was patched by this rollout, or it was taken back already.',
    where: plan.id,
    found: wanted.map((host) => `${host} ${state.hosts[host]?.outcome ?? 'not ended'}`).join(', '),
    fix: 'See `upkeep patch status`.',
  })
}

function isTaken(host: HostState | undefined, way: 'packages' | 'snapshot'): boolean {
  // One that is stuck may lack what the old packages need; its snapshot is below it.
  if (way === 'snapshot') return host?.outcome === 'done' || host?.outcome === 'stuck'
  return host?.outcome === 'done' || host?.phase === 'forward'
}

function isPlanned(plan: PatchPlan, host: string): boolean {
  return plan.hosts.some((one) => one.host === host)
}

void runAsScript(import.meta.url, 'rollback')
