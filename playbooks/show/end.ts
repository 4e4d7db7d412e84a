import type { SnapshotDriver } from '../../connect/snapshot/driver.ts'
import { durationText } from '../../core/duration.ts'
import type { RunEnd } from '../../core/run/execute.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import type { Shell } from '../command.ts'
import { byHand } from '../rollout/by-hand.ts'
import { showByHand } from './by-hand.ts'
import { movedSchemas } from '../../core/run/moved.ts'
import { movedLines } from './moved.ts'
import { labelled } from './wrap.ts'
import { conffileLines, conffilesOf } from './conffiles.ts'
import { symbolOf } from './symbol.ts'
import { when } from './when.ts'

/** What is needed to say how a run ended: the time zone of the system, and how snapshots of its hosts are restored. */
export type EndShown = { readonly timeZone: string; readonly snapshots: SnapshotDriver | null }

/** Says how a run ended: a line for each host, what waits for what, and what to type next; times in a time zone. */
export function showEnd(shell: Shell, plan: PatchPlan, end: RunEnd, { timeZone, snapshots }: EndShown): void {
  if (shell.json) {
    shell.out(JSON.stringify(summary(plan, end, snapshots)))
    return
  }
  const { colour } = shell.terminal
  const width = Math.max(...plan.hosts.map((host) => host.host.length))
  shell.out('')
  for (const { host, ring } of plan.hosts) {
    const state = end.state.hosts[host]
    const outcome = state?.outcome ?? null
    const took =
      state !== undefined && state.startedMs !== null && state.endedMs !== null
        ? ` in ${durationText(Math.max(1000, Math.round((state.endedMs - state.startedMs) / 1000) * 1000))}`
        : ''
    const sign = outcome === null ? symbolOf('wait', colour) : symbolOf(outcome, colour)
    shell.out(
      `  ${sign} ${host.padEnd(width)}  ${ring.padEnd(10)}  ${outcome ?? state?.phase ?? 'waiting'}${took}`,
    )
  }
  for (const { host } of plan.hosts) {
    const lines = conffileLines(conffilesOf(end.state.hosts[host]))
    if (lines.length > 0) shell.out(`\n${host}`)
    for (const line of lines) shell.out(`  ${line}`)
  }
  for (const line of movedLines(movedSchemas(plan, end.state)))
    for (const one of labelled('', line)) shell.out(one)
  shell.out('')
  if (end.state.status === 'ended') {
    shell.out(`Rollout ${plan.id} ${end.state.outcome}: ${end.state.said}.`)
    if (end.state.outcome === 'done')
      shell.out(`Take it back: upkeep rollback --rollout ${plan.id} --reason TEXT`)
  } else {
    for (const wait of end.waits) {
      const host = wait.host === undefined ? '' : `${wait.host}: `
      const until = wait.untilMs === null ? '' : ` until ${when(wait.untilMs, timeZone)}`
      shell.out(`${symbolOf('wait', colour)} ${host}${wait.says}${until}`)
    }
    shell.out(
      end.nextMs === null
        ? 'Next: `upkeep patch status` says what a person must settle; then `upkeep resume`.'
        : `Next: upkeep resume, from ${when(end.nextMs, timeZone)} on (a timer may call it at any time).`,
    )
  }
  for (const { host } of plan.hosts) showByHand(shell, byHand(plan, host, end.state, snapshots))
  shell.out(`The record: upkeep journal show --rollout ${plan.id}`)
}

/** The end of a run as one JSON value. */
export function summary(plan: PatchPlan, end: RunEnd, snapshots: SnapshotDriver | null) {
  return {
    messageType: 'summary',
    schemaVersion: 1,
    rollout: plan.id,
    status: end.state.status,
    outcome: end.state.outcome,
    said: end.state.said,
    nextTime: end.nextMs === null ? null : new Date(end.nextMs).toISOString(),
    hosts: plan.hosts.map(({ host, ring }) => ({
      host,
      ring,
      outcome: end.state.hosts[host]?.outcome ?? null,
      phase: end.state.hosts[host]?.phase ?? 'waiting',
      said: end.state.hosts[host]?.said ?? '',
      conffiles: conffilesOf(end.state.hosts[host]),
      byHand: byHand(plan, host, end.state, snapshots),
    })),
    waits: end.waits,
    movesSchemas: movedSchemas(plan, end.state),
  }
}
