import { join } from 'node:path'
import { sanitise } from '../../connect/text.ts'
import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import { type ExitName, exitNameOf } from '../../core/exit.ts'
import { readJournal } from '../../core/journal/read.ts'
import { readLease } from '../../core/lease/record.ts'
import { movedSchemas } from '../../core/run/moved.ts'
import { type RolloutState, trackOf } from '../../core/run/state.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import { type Shell, textOption } from '../command.ts'
import { systemNamed } from '../estate-file.ts'
import { bold, symbolOf } from '../show/symbol.ts'
import { labelled } from '../show/wrap.ts'
import { when, zoneOf } from '../show/when.ts'
import { refuse } from '../told.ts'
import { showByHand } from '../show/by-hand.ts'
import { expiryText, holdingsOutput, say as sayHolding } from '../show/holdings.ts'
import { movedLines } from '../show/moved.ts'
import { counted } from '../show/count.ts'
import { size } from '../show/size.ts'
import { type Holdings, whatIsKnown } from './holdings.ts'
import { newestHead } from './newest-head.ts'
import { pendingRequests } from './requests.ts'
import { type Rollout, rolloutIds } from './rollouts.ts'

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
  const pending = await pendingRequests(estate.stateDir)
  const stopAsked = new Set(pending.map(({ event }) => event.data.rollout))
  const system = textOption(shell, 'system')
  const ids = rolloutIds(events.value).filter((one) => system === undefined || one.system === system)
  if (system !== undefined && ids.length === 0) {
    const named = systemNamed(estate, system)
    if (!named.ok) return refuse(shell, named.problems)
  }
  const lease = await readLease(join(estate.stateDir, 'lease'))
  const holder =
    lease.ok && lease.value !== undefined && lease.value.released === undefined ? lease.value.holder : null
  const found = await whatIsKnown(estate, events.value, shell.now())
  const lost = found.lost.filter((one) => system === undefined || one.system === system)
  const problems = lost.flatMap((one) => one.problems)
  const exit = problems[0] === undefined ? 'ok' : exitNameOf(problems[0].code)
  const rollouts = found.rollouts.filter(({ plan }) => system === undefined || plan.system === system)
  const advice = await Promise.all(rollouts.map((one) => adviceFor(estate, one)))
  if (shell.json) {
    shell.out(
      JSON.stringify({
        messageType: 'status',
        schemaVersion: 1,
        controller: holder,
        ...holdingsOutput(found, shell.now()),
        heads: newestHead(events.value),
        rollouts: rollouts.map((rollout, at) =>
          statusOf(rollout, found, stopAsked.has(rollout.plan.id), advice[at] ?? new Map()),
        ),
        unreadable: lost,
      }),
    )
    return exit
  }
  if (rollouts.length + lost.length === 0)
    shell.out('No rollout has begun. Next: upkeep patch plan --system NAME')
  for (const [at, rollout] of rollouts.entries()) {
    const timeZone = zoneOf(estate, rollout.plan.system)
    show(shell, rollout, timeZone)
    for (const one of found.held) {
      if (one.rollout !== rollout.plan.id) continue
      sayHolding(shell, one, `held, ${expiryText(one, shell.now(), timeZone)}`)
    }
    if (stopAsked.has(rollout.plan.id)) shell.out('  Asked to stop; no controller has heard it yet.')
    for (const lines of advice[at]?.values() ?? []) showByHand(shell, lines)
    shell.out('')
  }
  for (const one of lost) {
    shell.out(bold(`${one.rollout}  ${one.system}  its kept plan can not be read`, shell.terminal.colour))
    shell.out('')
  }
  const { files, bytes, expired } = holdingsOutput(found, shell.now()).store
  if (files > 0) shell.out(`Store: ${counted(files, 'file')}, ${size(bytes)}; expired: ${expired.files}.`)
  for (const line of headsInWords(events.value)) shell.out(line)
  if (holder !== null)
    shell.out(`A controller is at work: ${holder.user}@${holder.host}, process ${holder.pid}.`)
  return problems.length === 0 ? exit : refuse(shell, problems)
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

function show(shell: Shell, rollout: Rollout, timeZone: string): void {
  const { plan, state, reason, by } = rollout
  const { colour } = shell.terminal
  shell.out(
    bold(`${plan.id}  ${plan.system}  ${state.status === 'ended' ? state.outcome : state.status}`, colour),
  )
  const since = state.startedMs === null ? '' : ` since ${when(state.startedMs, timeZone)}`
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
  const gone = expiredOf(rollout)
  for (const [what, way] of [
    ['snapshot', 'by snapshot'],
    ['leftovers', 'by the old packages'],
  ] as const) {
    const hosts = gone.filter((one) => one.what === what).map(({ host }) => host)
    if (hosts.length > 0) say(shell, `  The way back ${way} is gone, for it has expired: ${hosts.join(', ')}`)
  }
  for (const line of movedLines(movedSchemas(plan, state))) say(shell, `  ${line}`)
  if (state.shortened !== null) showShortened(shell, plan, state.shortened)
  if (state.stop !== null && state.status !== 'ended') {
    say(shell, `  Stopped by ${state.stop.by}: ${sanitise(state.stop.reason, 300)}`)
    shell.out(`  Next: upkeep resume --rollout ${plan.id} --go-on REASON`)
  } else if (state.status !== 'ended') {
    const from = state.nextMs === null ? 'now' : `from ${when(state.nextMs, timeZone)} on`
    shell.out(`  Next: upkeep resume, ${from}`)
  } else shell.out(`  ${state.said}`)
}

function showShortened(
  shell: Shell,
  plan: PatchPlan,
  { by, reason, reviewed }: NonNullable<RolloutState['shortened']>,
): void {
  say(shell, `  Soak shortened by ${by}: ${sanitise(reason, 300)}`)
  if (reviewed !== null) say(shell, `  Reviewed by ${reviewed.by}: ${sanitise(reviewed.reason, 300)}`)
  else shell.out(`  Open until another person: upkeep patch reviewed --rollout ${plan.id} --reason TEXT`)
}

function say(shell: Shell, text: string): void {
  for (const line of labelled('  ', text.trimStart())) shell.out(line)
}

/** Snapshots that this rollout took and has not removed. */
function heldSnapshots(found: Holdings, { plan }: Rollout) {
  return found.held.flatMap(({ what, rollout, host, name }) =>
    what === 'snapshot' && rollout === plan.id ? [{ host, snapshot: name }] : [],
  )
}

/** What of a rollout has expired: its ways back are offered no more. */
function expiredOf({ state }: Rollout) {
  return Object.entries(state.hosts).flatMap(([host, { expiry }]) =>
    (['snapshot', 'leftovers'] as const).flatMap((what) => {
      const begun = expiry[what]
      return begun === undefined ? [] : [{ host, what, since: new Date(begun.sinceMs).toISOString() }]
    }),
  )
}

function statusOf(rollout: Rollout, found: Holdings, stopAsked: boolean, advice: Advice) {
  const { plan, state, reason, by } = rollout
  return {
    rollout: plan.id,
    system: plan.system,
    status: state.status,
    outcome: state.outcome,
    said: state.said,
    reason,
    by,
    nextTime: state.nextMs === null ? null : new Date(state.nextMs).toISOString(),
    stop: state.stop,
    stopAsked,
    shortened:
      state.shortened === null
        ? null
        : {
            by: state.shortened.by,
            reason: state.shortened.reason,
            reviewed: state.shortened.reviewed,
          },
    heldSnapshots: heldSnapshots(found, rollout),
    expired: expiredOf(rollout),
    movesSchemas: movedSchemas(plan, state),
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
