import { appendLine, giveTo, handOver } from '../../connect/keep-line.ts'
import { connectSsh } from '../../connect/ssh.ts'
import { signText } from '../../connect/sign.ts'
import type { ResolvedEstate, ResolvedHeadPlace } from '../../core/estate/resolved.ts'
import type { WindowAnswer } from '../../core/gate/start.ts'
import { headLine, headNamespace, headOf, headText } from '../../core/journal/head.ts'
import type { RolloutEvent } from '../../core/run/events.ts'
import type { Event } from '../../schemas/event.ts'
import type { Problem, Result } from '../../schemas/problem.ts'
import { newestHead } from './newest-head.ts'
import type { Session } from './session.ts'
import { targetOf } from './targets.ts'

/** After these a head is kept: what went before is then beyond the reach of who takes the controller later. */
const worthKeeping: readonly RolloutEvent['type'][] = ['ring.passed', 'rollout.ended', 'run.ended']

/** Whether a head is due after an event of this type. */
export function isKept(type: RolloutEvent['type']): boolean {
  return worthKeeping.includes(type)
}

/** Whether a run must begin with a head: the estate requires one, or a run that was cut short left events behind without. */
export function needsHead(estate: ResolvedEstate, events: readonly Event[]): boolean {
  if (estate.heads === undefined) return false
  const last = events.findLast(({ type }) => !/^(head|journal)\./.test(type))
  const head = events.findLast(({ type }) => type === 'head.started')
  return estate.heads.required || (last?.sequence ?? 0) > (head?.sequence ?? 0)
}

/**
 * Signs the journal's end and has it kept at every place that the estate names. The event that announces it is the last
 * that it covers. A place that does not take it is recorded, and stops nothing by itself.
 */
export async function keepHead(
  session: Session,
  rollout: string,
  tell: (event: RolloutEvent) => Promise<unknown>,
): Promise<void> {
  const { heads } = session.estate
  if (heads === undefined || heads.to.length === 0) return
  await tell({ type: 'head.started', data: { rollout, to: heads.to.map(({ name }) => name) } })
  const event = session.events().findLast(({ type }) => type === 'head.started')
  if (event === undefined) throw new Error('a head was announced and is not in the journal')
  const head = headOf(event)
  const signature = await signText(headText(head), { key: heads.key, namespace: headNamespace })
  await Promise.all(
    heads.to.map(async (place) => {
      const sent = signature.ok
        ? await send(session, place, headLine({ head, signature: signature.value }))
        : signature
      const said = sent.ok ? 'kept' : sent.problems.map(inWords).join('; ')
      const data = { rollout, sequence: head.sequence, sent: sent.ok, said }
      await tell({ type: 'head.ended', subject: place.name, data })
    }),
  )
}

async function send(session: Session, place: ResolvedHeadPlace, line: string): Promise<Result<void>> {
  const { estate, secrets, pool } = session
  switch (place.kind) {
    case 'command':
      return giveTo(place.command, line, estate.directory)
    case 'host': {
      const host = await pool.get(place.host)
      return host.ok ? appendLine(host.value, place.file, line) : host
    }
    case 'ssh': {
      const target = targetOf(estate, place.login, secrets)
      if (place.file === undefined) return handOver(target, line)
      const host = await connectSsh(target, { timeoutMs: 15_000 })
      if (!host.ok) return host
      try {
        return await appendLine(host.value, place.file, line)
      } finally {
        host.value.close()
      }
    }
  }
}

function inWords({ what, where, found }: Problem): string {
  return [where === undefined ? what : `${where}: ${what}`, found]
    .filter((part) => part !== undefined)
    .join(' ')
}

/** Shuts production where the estate requires heads and no place has kept the newest one; else undefined. */
export function notKept(estate: ResolvedEstate, events: readonly Event[]): WindowAnswer | undefined {
  if (estate.heads?.required !== true) return undefined
  const newest = newestHead(events)
  if (newest.some(({ sent }) => sent === true)) return undefined
  const why = newest.map(({ place, said }) => `${place}: ${said}`).join('; ')
  const says = `no place has kept the newest head of the journal: ${why === '' ? 'none was made' : why}`
  return { open: false, gate: 'heads', says, untilMs: null }
}
