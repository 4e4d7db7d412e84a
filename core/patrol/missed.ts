import { dueBetween, type Schedule } from '../schedule/due.ts'
import type { Finding } from './findings.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** One that begins within an hour after its timer could have started it is that one. */
const graceMs = hourMs
/** Further back nobody counts what was missed. */
const mostMs = 92 * dayMs

/**
 * Inspections that were due since the last one and not made, as one finding of the system; none where this one is the first, or
 * no timer starts them (`schedule` null); starts are spread over `spreadMs`. The next inspection that missed nothing closes it.
 */
export function missedFinding(o: {
  readonly system: string
  readonly schedule: Schedule | null
  readonly spreadMs?: number
  readonly lastMs: number | null
  readonly nowMs: number
  readonly last: readonly Finding[]
}): readonly Finding[] {
  const { schedule, spreadMs = 0, lastMs, nowMs, last } = o
  const host = `${o.system}/schedule`
  const known = last.find((one) => one.item === 'inspection' && one.state !== 'closed')
  const missed =
    schedule === null || lastMs === null
      ? []
      : dueBetween(schedule, Math.max(lastMs + 1, nowMs - mostMs), nowMs - spreadMs - graceMs)
  const [first] = missed
  if (first === undefined) return known === undefined ? [] : [{ ...known, state: 'closed', looked: true }]
  const due = new Date(first).toISOString().slice(0, 16)
  return [
    {
      host,
      item: 'inspection',
      of: '',
      level: 'warning',
      value: missed.length,
      said: `${missed.length === 1 ? 'due' : 'the first one due'} on ${due}Z and not made`,
      since: known?.since ?? new Date(first).toISOString(),
      state: known === undefined ? 'new' : 'open',
      looked: true,
    },
  ]
}
