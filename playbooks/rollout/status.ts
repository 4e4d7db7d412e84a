import { join } from 'node:path'
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
import { showByHand } from '../show/by-hand.ts'
import { type Rollout, rolloutById, rolloutIds } from './rollouts.ts'

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
  for (const { id } of ids) {
    const rollout = await rolloutById(estate, events.value, id)
    if (!rollout.ok) return refuse(shell, rollout.problems)
    rollouts.push(rollout.value)
  }
  const advice = await Promise.all(rollouts.map((one) => adviceFor(estate, one)))
  if (shell.json) {
    shell.out(
      JSON.stringify({
        messageType: 'status',
        schemaVersion: 1,
        controller: holder,
        rollouts: rollouts.map((one, at) => statusOf(one, advice[at] ?? new Map())),
      }),
    )
    return 'ok'
  }
  if (rollouts.length === 0) shell.out('No rollout has begun. Next: upkeep patch plan --system NAME')
  rollouts.forEach((rollout, at) => {
    show(shell, rollout)
    for (const lines of advice[at]?.values() ?? []) showByHand(shell, lines)
  })
  if (holder !== null)
    shell.out(`A controller is at work: ${holder.user}@${holder.host}, process ${holder.pid}.`)
  return 'ok'
}

/** What a person does about the hosts of a rollout that are stuck, by host; loaded only where one is. */
async function adviceFor(estate: ResolvedEstate, { plan, state }: Rollout): Promise<Advice> {
  const stuck = plan.hosts.filter(({ host }) => state.hosts[host]?.outcome === 'stuck')
  if (stuck.length === 0) return new Map()
  const [{ byHand }, { snapshotsOf }] = await Promise.all([import('./by-hand.ts'), import('./world.ts')])
  const system = estate.systems[plan.system]
  const snapshots = system === undefined ? null : snapshotsOf(system)
  return new Map(stuck.map(({ host }) => [host, byHand(plan, host, state, snapshots)]))
}

type Advice = ReadonlyMap<string, readonly string[]>

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

function statusOf({ plan, state, reason, by }: Rollout, advice: Advice) {
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
      byHand: advice.get(host) ?? [],
    })),
  }
}
