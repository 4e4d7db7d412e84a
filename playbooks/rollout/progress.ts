import { sanitise } from '../../connect/text.ts'
import { durationText } from '../../core/duration.ts'
import type { Told } from '../../core/run/events.ts'
import type { RolloutState } from '../../core/run/state.ts'
import type { PatchPlan, Step } from '../../schemas/plan.ts'
import type { Shell } from '../command.ts'
import { conffileLines, conffilesIn } from '../show/conffiles.ts'
import { liveLines } from '../show/live.ts'
import { symbolOf } from '../show/symbol.ts'

/** Shows a rollout while it runs: a line for what ended, and on a terminal a line for what is under way. */
export type Progress = {
  readonly event: (event: Told) => void
  /** Learns an event of an earlier run without showing it. */
  readonly past: (event: Told) => void
  readonly say: (line: string) => void
  readonly close: (before: RolloutState) => void
}

/** A beat (ms) after which a silent rollout says on a pipe that it is still at work, as Pulumi does. */
const heartbeatMs = 20_000

/** Progress on this shell: JSON Lines, a live terminal, or plain lines with the time. */
export function progressOf(shell: Shell, plan: PatchPlan): Progress {
  const startedMs = shell.now()
  const underWay = new Map<string, { readonly step: Step; readonly sinceMs: number }>()
  const steps = new Map(
    plan.hosts.flatMap((host) =>
      [...host.steps, ...Object.values(host.back).flat()].map(
        (step) => [`${host.host} ${step.id}`, step] as const,
      ),
    ),
  )
  const live = liveLines(shell, () =>
    [...underWay].map(([host, { step, sinceMs }]) => {
      const place = countOf(plan, host, step)
      return `  … ${host.padEnd(width)} ${place} ${step.does} ${durationText(roundToSecond(shell.now() - sinceMs))}`
    }),
  )
  const width = Math.max(...plan.hosts.map((host) => host.host.length))
  let lastMs = startedMs
  const beat = setInterval(() => {
    if (shell.terminal.live || shell.json || shell.now() - lastMs < heartbeatMs || underWay.size === 0) return
    say(`still at work: ${[...underWay].map(([host, { step }]) => `${host} ${step.does}`).join(', ')}`)
  }, 1000)
  beat.unref()

  function say(line: string): void {
    lastMs = shell.now()
    if (shell.json) return
    live.above(`${clock(shell.now() - startedMs)}  ${line}`)
  }

  function learn(event: Told): void {
    if (event.type === 'step.started') {
      const step = steps.get(`${event.subject} ${event.data.step}`)
      if (step !== undefined) underWay.set(event.subject, { step, sinceMs: event.timeMs })
    }
    if (event.type === 'step.ended' || event.type === 'host.ended') underWay.delete(event.subject)
  }

  return {
    say,
    past: learn,
    event(event) {
      learn(event)
      if (shell.json) {
        const { timeMs, ...rest } = event
        shell.out(
          JSON.stringify({
            messageType: 'event',
            schemaVersion: 1,
            time: new Date(timeMs).toISOString(),
            ...rest,
          }),
        )
      } else {
        const line = lineOf(event, steps, width, shell.terminal.colour)
        if (line !== null) say(line)
        if (event.type === 'step.ended')
          for (const more of conffileLines(conffilesIn(event.data.facts)))
            say(`${event.subject.padEnd(width)}   ${more}`)
      }
      live.draw()
    },
    close() {
      clearInterval(beat)
      live.close()
    },
  }
}

function lineOf(
  event: Told,
  steps: ReadonlyMap<string, Step>,
  width: number,
  colour: boolean,
): string | null {
  switch (event.type) {
    case 'rollout.started':
      return `rollout ${event.data.rollout} begins: ${event.data.reason}`
    case 'host.started':
      return `${symbolOf('start', colour)} ${event.subject.padEnd(width)} begins (may need ${durationText(roundToSecond(event.data.needMs))} with its way back)`
    case 'step.ended': {
      const step = steps.get(`${event.subject} ${event.data.step}`)
      const { outcome, said, ms } = event.data
      const tells =
        step !== undefined &&
        ['service.restart', 'host.reboot', 'conffiles.report', 'schema.look'].includes(step.does)
      const detail = outcome === 'done' && !tells ? (step?.says ?? said) : said
      return `${symbolOf(outcome, colour)} ${event.subject.padEnd(width)} ${sanitise(detail, 300)} (${(ms / 1000).toFixed(1)} s)`
    }
    case 'host.turned':
      return `${symbolOf('back', colour)} ${event.subject.padEnd(width)} goes back (${event.data.way}): ${sanitise(event.data.why, 300)}`
    case 'host.ended':
      return `${symbolOf(event.data.outcome, colour)} ${event.subject.padEnd(width)} ${event.data.outcome.toUpperCase()}: ${sanitise(event.data.said, 300)}`
    case 'ring.passed':
      return `${symbolOf('done', colour)} test passed: probed, taken back, proven equal, put in again; production may open`
    case 'backup.seen':
      return `${symbolOf(event.data.timeMs === null ? 'failed' : 'done', colour)} last good backup ${sanitise(event.data.said, 200)}`
    case 'mail.ended':
      return `${symbolOf(event.data.sent ? 'done' : 'failed', colour)} mail "${event.subject}" ${event.data.sent ? 'to' : 'not sent:'} ${sanitise(event.data.said, 200)}`
    case 'head.ended':
      return event.data.sent
        ? null
        : `${symbolOf('failed', colour)} head of the journal not kept by "${event.subject}": ${sanitise(event.data.said, 200)}`
    case 'rollback.asked':
      return `${symbolOf('back', colour)} asked to take back ${event.data.hosts.join(', ')}: ${sanitise(event.data.reason, 200)}`
    case 'rows.counted':
      return `${symbolOf('wait', colour)} ${event.subject.padEnd(width)} its snapshot would lose ${event.data.engines.reduce((sum, one) => sum + one.transactions, 0)} transactions, as was shown to ${sanitise(event.data.by, 100)}`
    case 'stop.asked':
      return `${symbolOf('wait', colour)} ${event.data.by} asks to start no more hosts: ${sanitise(event.data.reason, 200)}`
    case 'rollout.reopened':
      return `${symbolOf('start', colour)} ${event.data.by} lets it go on: ${sanitise(event.data.reason, 200)}`
    case 'host.settled':
      return `${symbolOf(event.data.as, colour)} ${event.subject.padEnd(width)} settled as ${event.data.as} by ${event.data.by}: ${sanitise(event.data.reason, 200)}`
    case 'soak.shortened':
      return `${symbolOf('start', colour)} ${event.data.by} ends the soak early: ${sanitise(event.data.reason, 200)}`
    case 'soak.reviewed':
      return `${symbolOf('done', colour)} ${event.data.by} reviewed the shortened soak: ${sanitise(event.data.reason, 200)}`
    case 'rollout.ended':
      return `${symbolOf(event.data.outcome === 'stopped' ? 'failed' : 'done', colour)} rollout ${event.data.outcome.toUpperCase()}: ${sanitise(event.data.said, 300)}`
    case 'expiry.ended':
      return `${symbolOf(event.data.done ? 'done' : 'failed', colour)} ${event.subject.padEnd(width)} ${event.data.what} ${event.data.name} expired: ${sanitise(event.data.said, 200)}`
    case 'expiry.started':
    case 'store.expiring':
    case 'store.expired':
    case 'run.started':
    case 'run.ended':
    case 'step.started':
    case 'backup.asked':
    case 'mail.started':
    case 'head.started':
      return null
  }
}

function countOf(plan: PatchPlan, host: string, step: Step): string {
  const planned = plan.hosts.find((one) => one.host === host)
  for (const track of planned === undefined ? [] : [planned.steps, ...Object.values(planned.back)]) {
    const index = track.findIndex((one) => one.id === step.id)
    if (index >= 0) return `${String(index + 1).padStart(2)}/${track.length}`
  }
  return ''
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  return `${String(minutes).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
}

function roundToSecond(ms: number): number {
  return Math.max(1000, Math.round(ms / 1000) * 1000)
}
