import type { Action, HostPlan } from '../../schemas/plan.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import type { Patched, UnitState } from '../facts/patched.ts'
import { packagesOf } from '../packages/of-host.ts'
import { done, type Ended, failed, type Performing } from './context.ts'
import { manifestBefore } from './manifest.ts'

/** Services need this long (ms) to be up after a restart or a boot. */
const settleMs = 45_000
/** A unit that is stopped, and is not started within this (ms), is not on its way up. */
const stoppedMs = 5_000
const pauseMs = 700

/** What is wrong, in words, and for how long (ms) it may still come right by itself. */
type Wrong = { readonly says: string; readonly mayPassMs: number }

/**
 * The new versions are installed whole, nothing is half configured, the services of the role are active, what ran before
 * the patch still runs, and what was restarted runs the new files.
 */
export async function isPatched(
  performing: Performing,
  action: Extract<Action, { kind: 'patched' }>,
): Promise<Ended> {
  const { world, planned } = performing
  const before = await manifestBefore(performing)
  if (!before.ok) return failed(before.problems)
  const ran = Object.entries(before.value.units).flatMap(([unit, state]) =>
    ['running', 'active'].includes(state) ? [unit] : [],
  )
  const startedMs = world.now()
  for (;;) {
    const looked = await whatIsWrong(performing, action.services, ran)
    const tookMs = world.now() - startedMs
    if (!looked.ok) {
      if (tookMs >= settleMs) return failed(looked.problems)
    } else if (looked.value.length === 0) {
      return done(`${planned.packages.length} packages at their new versions`)
    } else if (looked.value.some(({ mayPassMs }) => tookMs >= mayPassMs)) {
      return failed([
        {
          code: 'check/not-patched',
          what: 'After the patch the host is not as planned',
          where: planned.host,
          found: looked.value
            .slice(0, 12)
            .map(({ says }) => says)
            .join('; '),
          fix: 'See the output of the installing step.',
        },
      ])
    }
    await world.sleep(pauseMs)
  }
}

async function whatIsWrong(
  { world, planned, step, context }: Performing,
  services: readonly string[],
  ran: readonly string[],
): Promise<Result<readonly Wrong[]>> {
  const host = await world.host(planned.host)
  if (!host.ok) return host
  const packages = planned.packages.map((change) => `${change.name}:${change.architecture}`)
  const { facts } = packagesOf(planned)
  const question = { packages, services, before: ran, timeoutMs: step.limitMs }
  const found = await facts.patched(host.value, question)
  if (!found.ok) return found
  const wrong = [...notPatched(planned, found.value), ...notRunning(found.value)]
  if (wrong.length > 0 || !restartedAnything(planned.host, step.id, context)) return ok(wrong)
  const stale = await facts.stale(host.value)
  if (!stale.ok) return stale
  return ok(
    stale.value.units
      .filter(({ way }) => way === 'restart')
      .map(({ unit, because }) => ({
        says: `${unit} was restarted and still runs replaced files: ${because.join(', ')}`,
        // The last requests of old workers are finished.
        mayPassMs: settleMs,
      })),
  )
}

function notPatched(planned: HostPlan, found: Patched): readonly Wrong[] {
  const final = (says: string): Wrong => ({ says, mayPassMs: 0 })
  const versions = planned.packages.flatMap(({ name, to }, index) => {
    const { state, version } = found.packages[index] ?? { state: '-', version: '-' }
    if (/^[ih]i$/.test(state) && version === to.version) return []
    return [final(`${name} is ${state} ${version}, planned ${to.version}`)]
  })
  const audit =
    found.audit.length === 0
      ? []
      : [final(`${packagesOf(planned).checks.audit}: ${found.audit.slice(0, 3).join(' ').trim()}`)]
  const faults = found.faults
    .slice(0, 6)
    .map(({ path, is }) => final(`${path} is ${is}, though just unpacked`))
  return [...versions, ...audit, ...faults]
}

function notRunning({ services, before }: Patched): readonly Wrong[] {
  const down = (one: UnitState, says: string): Wrong => ({
    says,
    mayPassMs: one.state === 'failed' ? 0 : one.state === 'inactive' ? stoppedMs : settleMs,
  })
  const asked = new Set(services.map(({ unit }) => unit))
  return [
    ...services.map((one) => [one, `${one.unit} is ${one.state}`] as const),
    ...before
      .filter(({ unit }) => !asked.has(unit))
      .map((one) => [one, `${one.unit} ran before the patch and is ${one.state}`] as const),
  ]
    .filter(([{ state }]) => state !== 'active')
    .map(([one, says]) => down(one, says))
}

/** Whether the restarting step that goes before this one, in the same pass, restarted anything. */
function restartedAnything(host: string, step: string, { state }: Performing['context']): boolean {
  const restart = step.replace(/^check\.patched/, 'service.restart')
  return state.hosts[host]?.ended[restart]?.said.includes('restarted ') === true
}
