import type { ResolvedEstate } from '../core/estate/resolved.ts'
import { type ExitName, worstExit } from '../core/exit.ts'
import type { RolloutState } from '../core/run/state.ts'
import type { Event } from '../schemas/event.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import { type Shell, textOption } from './command.ts'
import { openEstate, systemNamed } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { personOf } from './rollout/person.ts'
import { leaveRequest } from './rollout/requests.ts'
import { rolloutById, rolloutIds, unknownRollout } from './rollout/rollouts.ts'
import { carryOn, exitOf } from './rollout/run.ts'
import { openSession, type Session } from './rollout/session.ts'
import { readEvents } from './rollout/status.ts'
import { snapshotsOf } from './rollout/world.ts'
import { showEnd } from './show/end.ts'
import { zoneOf } from './show/when.ts'
import { refuse } from './told.ts'

/** Starts no more hosts of what is under way; those in flight are finished or undone, by whoever is the controller. */
export async function run(shell: Shell): Promise<ExitName> {
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  const reason = textOption(shell, 'reason')?.trim() ?? ''
  if (reason === '') return refuse(shell, [{ code: 'usage/stop', what: 'Say why: --reason TEXT.' }])
  const asking = { reason, by: personOf(shell), end: shell.options['end'] === true }
  const session = await openSession(shell, estate.value)
  if (!session.ok && session.problems[0]?.code === 'lease/held') {
    return askController(shell, estate.value, asking)
  }
  if (!session.ok) return refuse(shell, session.problems)
  try {
    return await stopHere(shell, estate.value, session.value, asking)
  } finally {
    await session.value.close()
  }
}

type Asking = { readonly reason: string; readonly by: string; readonly end: boolean }

/** The controller that is at work holds the journal: it finds the request before it starts another host. */
async function askController(shell: Shell, estate: ResolvedEstate, asking: Asking): Promise<ExitName> {
  const events = await readEvents(estate)
  if (!events.ok) return refuse(shell, events.problems)
  const ids = underWay(shell, events.value)
  if (!ids.ok) return refuse(shell, ids.problems)
  for (const rollout of ids.value) {
    const event = { type: 'stop.asked', data: { rollout, ...asking } } as const
    await leaveRequest(estate.stateDir, event, { nowMs: shell.now(), pid: shell.pid })
  }
  say(shell, ids.value, asking, true)
  return 'ok'
}

async function stopHere(
  shell: Shell,
  estate: ResolvedEstate,
  session: Session,
  asking: Asking,
): Promise<ExitName> {
  const ids = underWay(shell, session.events())
  if (!ids.ok) return refuse(shell, ids.problems)
  const exits: ExitName[] = []
  for (const id of ids.value) {
    await session.tell({ type: 'stop.asked', data: { rollout: id, ...asking } })
    exits.push(await finish(shell, estate, session, id, asking.end))
  }
  say(shell, ids.value, asking, false)
  return worstExit(exits)
}

/** Finishes or undoes what an earlier controller left in flight, and ends the rollout if that was asked. */
async function finish(
  shell: Shell,
  estate: ResolvedEstate,
  session: Session,
  id: string,
  end: boolean,
): Promise<ExitName> {
  const rollout = await rolloutById(estate, session.events(), id)
  if (!rollout.ok) return refuse(shell, rollout.problems)
  const { plan, state } = rollout.value
  if (!end && !isInFlight(state)) return 'ok'
  const system = systemNamed(estate, plan.system)
  if (!system.ok) return refuse(shell, system.problems)
  const ran = await carryOn(shell, session, system.value, plan)
  const shown = { timeZone: zoneOf(estate, plan.system), snapshots: snapshotsOf(system.value) }
  showEnd(shell, plan, ran, shown)
  const exit = exitOf(ran)
  // To be stopped is what was asked for.
  return exit === 'stopped' || exit === 'refused' ? 'ok' : exit
}

function isInFlight(state: RolloutState): boolean {
  return Object.values(state.hosts).some(({ phase }) => phase === 'forward' || phase === 'back')
}

/** The rollouts that are meant: the one that is named, which must be under way, or all that are. */
function underWay(shell: Shell, events: readonly Event[]): Result<readonly string[]> {
  const known = rolloutIds(events)
  const wanted = textOption(shell, 'rollout')
  const open = known.filter((one) => !one.ended).map(({ id }) => id)
  if (wanted === undefined || open.includes(wanted)) return ok(wanted === undefined ? open : [wanted])
  if (!known.some(({ id }) => id === wanted)) return fail(unknownRollout(events, wanted))
  return fail({
    code: 'input/rollout-ended',
    what: 'This rollout is over: there is nothing to stop.',
    found: wanted,
    expected: open.join(', ') || 'none is under way',
  })
}

function say(shell: Shell, ids: readonly string[], { by, reason, end }: Asking, isRequest: boolean): void {
  if (shell.json) {
    const taken = isRequest ? 'left for the controller at work' : 'journalled'
    shell.out(
      JSON.stringify({ messageType: 'stop', schemaVersion: 1, rollouts: ids, by, reason, end, taken }),
    )
    return
  }
  if (ids.length === 0) shell.out('Nothing to stop: no rollout is under way.')
  for (const id of ids) {
    shell.out(
      isRequest
        ? `Asked the controller that is at work to stop ${id}: it starts no more hosts, and finishes or undoes those in flight.`
        : `Stopped ${id}: no more hosts are started.`,
    )
    if (!end) shell.out(`A person lets it go on: upkeep resume --rollout ${id} --go-on REASON`)
  }
  if (isRequest && ids.length > 0) shell.out('See it taken up: upkeep patch status')
}

void runAsScript(import.meta.url, 'stop')
