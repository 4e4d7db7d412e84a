import type { ResolvedEstate } from '../core/estate/resolved.ts'
import type { ExitName } from '../core/exit.ts'
import { isExpired } from '../core/run/held.ts'
import type { HostState } from '../core/run/state.ts'
import type { PatchPlan } from '../schemas/plan.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import { type Shell, textOption } from './command.ts'
import { systemNamed } from './estate-file.ts'
import { inSession } from './in-session.ts'
import { runAsScript } from './main.ts'
import { expired } from './rollout/expired.ts'
import { changedSince } from './rollout/other-rollouts.ts'
import { type Rollout, rolloutById } from './rollout/rollouts.ts'
import { carryOn, exitOf } from './rollout/run.ts'
import type { Session } from './rollout/session.ts'
import { snapshotsOf } from './rollout/world.ts'
import { showEnd } from './show/end.ts'
import { zoneOf } from './show/when.ts'
import { refuse } from './told.ts'

/** Takes hosts that a rollout patched back to their old packages; rows that were written since are kept. */
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
  const rollout = await rolloutById(estate, session.events(), id)
  if (!rollout.ok) return refuse(shell, rollout.problems)
  const { plan } = rollout.value
  const system = systemNamed(estate, plan.system)
  if (!system.ok) return refuse(shell, system.problems)
  const hosts = hostsToTakeBack(shell, rollout.value)
  if (!hosts.ok) return refuse(shell, hosts.problems)
  const later = await changedSince(estate, session.events(), plan.id, hosts.value)
  if (!later.ok) return refuse(shell, later.problems)
  await session.tell({
    type: 'rollback.asked',
    data: { rollout: plan.id, hosts: hosts.value, way: 'packages', reason },
  })
  const end = await carryOn(shell, session, system.value, plan)
  const shown = { timeZone: zoneOf(estate, plan.system), snapshots: snapshotsOf(system.value) }
  showEnd(shell, plan, end, shown)
  return exitOf(end)
}

function hostsToTakeBack(shell: Shell, { plan, state }: Rollout): Result<readonly string[]> {
  const named = shell.options['host']
  const wanted = Array.isArray(named) ? (named as readonly string[]) : plan.hosts.map((host) => host.host)
  if (isExpired(state)) return fail(expired(plan.id))
  // One that is on its way turns to its way back; one that is on its way back already goes on.
  const patched = wanted.filter((host) => isTaken(state.hosts[host]))
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
  const beside = inFlight.filter((host) => !wanted.includes(host))
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

function isTaken(host: HostState | undefined): boolean {
  return host?.outcome === 'done' || host?.phase === 'forward'
}

function isPlanned(plan: PatchPlan, host: string): boolean {
  return plan.hosts.some((one) => one.host === host)
}

void runAsScript(import.meta.url, 'rollback')
