import type { ResolvedEstate } from '../core/estate/resolved.ts'
import type { ExitName } from '../core/exit.ts'
import type { Event } from '../schemas/event.ts'
import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { type Shell, textOption } from './command.ts'
import { openEstate } from './estate-file.ts'
import { inSession } from './in-session.ts'
import { runAsScript } from './main.ts'
import { personOf } from './rollout/person.ts'
import { type Rollout, rolloutById, rolloutIds } from './rollout/rollouts.ts'
import type { Session } from './rollout/session.ts'
import { readEvents } from './rollout/status.ts'
import { type Unsettled, unsettled } from './rollout/unsettled.ts'
import { snapshotsOf } from './rollout/world.ts'
import { showUnsettled } from './show/unsettled.ts'
import { refuse } from './told.ts'

/** Shows what is known of an unknown or stuck host, and records what a person says it is. */
export async function run(shell: Shell): Promise<ExitName> {
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  const [host, ...more] = shell.operands
  const as = textOption(shell, 'as')
  const reason = textOption(shell, 'reason')?.trim() ?? ''
  if (host === undefined || more.length > 0) {
    return refuse(shell, [misused])
  }
  if (as === undefined && reason === '') return look(shell, estate.value, host)
  if ((as !== 'done' && as !== 'undone') || reason === '') {
    return refuse(shell, [misused])
  }
  return inSession(shell, (opened, session) => settle(shell, opened, session, { host, as, reason }))
}

const misused = {
  code: 'usage/settle',
  what: 'Name one host, and to settle it what it is and how you know: HOST --as done|undone --reason TEXT.',
}

/** Without a word on what it is, only what is known is shown; that needs no lease. */
async function look(shell: Shell, estate: ResolvedEstate, host: string): Promise<ExitName> {
  const events = await readEvents(estate)
  if (!events.ok) return refuse(shell, events.problems)
  const found = await find(shell, estate, events.value, host)
  if (!found.ok) return refuse(shell, found.problems)
  tell(shell, host, found.value, null)
  return 'ok'
}

async function settle(
  shell: Shell,
  estate: ResolvedEstate,
  session: Session,
  said: { readonly host: string; readonly as: 'done' | 'undone'; readonly reason: string },
): Promise<ExitName> {
  const { host, as, reason } = said
  const found = await find(shell, estate, session.events(), host)
  if (!found.ok) return refuse(shell, found.problems)
  const absent = as === 'done' ? await absentSnapshot(estate, session, found.value, host) : []
  if (absent.length > 0) return refuse(shell, absent)
  const by = personOf(shell)
  tell(shell, host, found.value, { as, reason, by })
  const rollout = found.value.rollout.plan.id
  await session.tell({ type: 'host.settled', subject: host, data: { rollout, as, reason, by } })
  if (!shell.json) shell.out(next(found.value, as))
  return 'ok'
}

/** A snapshot that a person says was taken is a way back: whoever can be asked whether it is there is asked. */
async function absentSnapshot(
  estate: ResolvedEstate,
  session: Session,
  { rollout: { plan }, known }: Found,
  host: string,
): Promise<readonly Problem[]> {
  const planned = plan.hosts.find((one) => one.host === host)
  const action = planned?.steps.find(({ id }) => id === known.step)?.action
  const system = estate.systems[plan.system]
  const driver = system === undefined ? null : snapshotsOf(system, session.fence)
  if (action?.kind !== 'snapshot.take' || driver === null) return []
  const there = await driver.has(host, action.name)
  if (!there.ok || there.value) return []
  return [
    {
      code: 'snapshot/absent',
      what: 'There is no such snapshot, so it can not be settled as taken; nothing was recorded.',
      where: host,
      found: action.name,
      fix: `Settle it as undone: upkeep settle ${host} --as undone --reason TEXT.`,
    },
  ]
}

type Found = { readonly rollout: Rollout; readonly known: Unsettled }

/** The newest rollout in which the host is unknown or stuck, or the one that is named. */
async function find(
  shell: Shell,
  estate: ResolvedEstate,
  events: readonly Event[],
  host: string,
): Promise<Result<Found>> {
  const wanted = textOption(shell, 'rollout')
  const ids =
    wanted === undefined
      ? rolloutIds(events)
          .map(({ id }) => id)
          .toReversed()
      : [wanted]
  let newest: Rollout | undefined
  for (const id of ids) {
    const rollout = await rolloutById(estate, events, id)
    if (!rollout.ok) return rollout
    if (rollout.value.state.hosts[host] === undefined) continue
    newest ??= rollout.value
    const known = unsettled(rollout.value, host)
    if (known !== null) return ok({ rollout: rollout.value, known })
  }
  if (newest === undefined) {
    return fail({ code: 'input/unknown-host', what: 'No rollout that is meant has this host.', found: host })
  }
  const { phase, outcome } = newest.state.hosts[host] ?? {}
  return fail({
    code: 'input/not-unsettled',
    what: `${host} is neither unknown nor stuck in rollout ${newest.plan.id}: it is ${outcome ?? phase ?? 'waiting'}.`,
    where: host,
  })
}

function tell(
  shell: Shell,
  host: string,
  { rollout, known }: Found,
  said: { readonly as: string; readonly reason: string; readonly by: string } | null,
): void {
  if (!shell.json) return showUnsettled(shell, host, rollout.plan, known, said)
  const words = said ?? { as: null, reason: null, by: null }
  const { plan } = rollout
  shell.out(
    JSON.stringify({ messageType: 'settle', schemaVersion: 1, rollout: plan.id, host, known, ...words }),
  )
}

function next({ rollout, known }: Found, as: 'done' | 'undone'): string {
  const { plan, state } = rollout
  if (known.phase === 'forward') {
    return as === 'done'
      ? 'Next: upkeep resume. The host walks on, and is checked like any other.'
      : `Next: upkeep resume. The host goes back (${known.wayBack}${known.rehearsed ? '' : ', not rehearsed: it will be stuck'}).`
  }
  if (state.status !== 'ended') return 'Next: upkeep resume.'
  const back = as === 'done' ? `, or upkeep rollback --rollout ${plan.id} --reason TEXT` : ''
  return `Next, if it is to go on: upkeep resume --rollout ${plan.id} --go-on REASON${back}.`
}

void runAsScript(import.meta.url, 'settle')
