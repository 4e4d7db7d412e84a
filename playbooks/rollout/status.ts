import { join } from 'node:path'
import { sanitise } from '../../connect/text.ts'
import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import type { ExitName } from '../../core/exit.ts'
import { readJournal } from '../../core/journal/read.ts'
import { readLease } from '../../core/lease/record.ts'
import { type RolloutState, trackOf } from '../../core/run/state.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import { type Shell, textOption } from '../command.ts'
import { systemNamed } from '../estate-file.ts'
import { bold, symbolOf } from '../show/symbol.ts'
import { refuse } from '../told.ts'
import { newestHead } from './newest-head.ts'
import { eventsByRollout, type Rollout, rolloutById, rolloutIds } from './rollouts.ts'

/** Reads all events of an estate's journal without taking its lease. */
export async function readEvents(estate: ResolvedEstate): Promise<Result<readonly Event[]>> {
  const events: Event[] = []
  for await (const event of readJournal(join(estate.stateDir, 'journal'))) {
    if (!event.ok) return event
    events.push(event.value)
  }
  return ok(events)
}

/** Says of each rollout what is happening, who began it, since when, and what comes next. */
export async function showStatus(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const events = await readEvents(estate)
  if (!events.ok) return refuse(shell, events.problems)
  const system = textOption(shell, 'system')
  const ids = rolloutIds(events.value).filter((one) => system === undefined || one.system === system)
  if (system !== undefined && ids.length === 0) {
    const named = systemNamed(estate, system)
    if (!named.ok) return refuse(shell, named.problems)
  }
  const lease = await readLease(join(estate.stateDir, 'lease'))
  const holder =
    lease.ok && lease.value !== undefined && lease.value.released === undefined ? lease.value.holder : null
  const rollouts: Rollout[] = []
  const eventsOf = eventsByRollout(events.value)
  for (const { id } of ids) {
    const rollout = await rolloutById(estate, eventsOf.get(id) ?? [], id)
    if (!rollout.ok) return refuse(shell, rollout.problems)
    rollouts.push(rollout.value)
  }
  if (shell.json) {
    shell.out(
      JSON.stringify({
        messageType: 'status',
        schemaVersion: 1,
        controller: holder,
        heads: newestHead(events.value),
        rollouts: rollouts.map(statusOf),
      }),
    )
    return 'ok'
  }
  if (rollouts.length === 0) shell.out('No rollout has begun. Next: upkeep patch plan --system NAME')
  for (const rollout of rollouts) show(shell, rollout)
  for (const line of headsInWords(events.value)) shell.out(line)
  if (holder !== null)
    shell.out(`A controller is at work: ${holder.user}@${holder.host}, process ${holder.pid}.`)
  return 'ok'
}

/** Where the newest head of the journal is kept, and where it is not. */
function headsInWords(events: readonly Event[]): readonly string[] {
  const heads = newestHead(events)
  const [newest] = heads
  if (newest === undefined) return []
  const kept = heads.filter(({ sent }) => sent === true).map(({ place }) => place)
  const missing = heads.filter(({ sent }) => sent !== true)
  const parts = [
    `Head of the journal: event ${newest.sequence} at ${newest.time}`,
    ...(kept.length > 0 ? [`kept by ${kept.join(', ')}`] : []),
    ...missing.map(({ place, said }) => `not kept by "${place}": ${sanitise(said, 200)}`),
  ]
  return [parts.join('; ')]
}

function show(shell: Shell, { plan, state, reason, by }: Rollout): void {
  const { colour } = shell.terminal
  shell.out(
    bold(`${plan.id}  ${plan.system}  ${state.status === 'ended' ? state.outcome : state.status}`, colour),
  )
  const since = state.startedMs === null ? '' : ` since ${new Date(state.startedMs).toISOString()}`
  shell.out(`  ${reason}; by ${by}${since}`)
  const width = Math.max(...plan.hosts.map((host) => host.host.length))
  for (const { host, ring } of plan.hosts) {
    const one = state.hosts[host]
    if (one === undefined) continue
    const step = one.running === null ? '' : `  in ${one.running.step}, outcome not known yet`
    const track = trackOf(plan, host, one)
    const ended = track.filter((at) => one.ended[at.id] !== undefined).length
    const walking =
      one.phase === 'forward' || one.phase === 'back' ? `${one.phase} ${ended}/${track.length}` : one.phase
    const sign = one.outcome === null ? symbolOf('wait', colour) : symbolOf(one.outcome, colour)
    shell.out(`  ${sign} ${host.padEnd(width)}  ${ring.padEnd(10)}  ${one.outcome ?? walking}${step}`)
    if (one.outcome === 'stuck' || one.outcome === 'undone' || one.outcome === 'failed')
      shell.out(`      ${one.said}`)
  }
  const held = heldSnapshots(plan, state)
  if (held.length > 0) {
    const names = [...new Set(held.map(({ snapshot }) => snapshot))].join(', ')
    shell.out(`  Held: snapshot ${names} of ${held.map(({ host }) => host).join(', ')}`)
  }
  if (state.status !== 'ended') {
    const when = state.nextMs === null ? 'now' : `from ${new Date(state.nextMs).toISOString()} on`
    shell.out(`  Next: upkeep resume, ${when}`)
  } else shell.out(`  ${state.said}`)
  shell.out('')
}

/** Snapshots that this rollout took and has not removed: they hold room until a person, or later the estate, says so. */
function heldSnapshots(plan: PatchPlan, state: RolloutState) {
  return plan.hosts.flatMap(({ host, steps }) => {
    const action = steps.map((step) => step.action).find((one) => one.kind === 'snapshot.take')
    return action !== undefined && state.hosts[host]?.snapshot === true
      ? [{ host, snapshot: action.name }]
      : []
  })
}

function statusOf({ plan, state, reason, by }: Rollout) {
  return {
    rollout: plan.id,
    system: plan.system,
    status: state.status,
    outcome: state.outcome,
    said: state.said,
    reason,
    by,
    nextTime: state.nextMs === null ? null : new Date(state.nextMs).toISOString(),
    heldSnapshots: heldSnapshots(plan, state),
    hosts: plan.hosts.map(({ host, ring }) => ({
      host,
      ring,
      phase: state.hosts[host]?.phase,
      outcome: state.hosts[host]?.outcome ?? null,
      running: state.hosts[host]?.running?.step ?? null,
      said: state.hosts[host]?.said ?? '',
    })),
  }
}
