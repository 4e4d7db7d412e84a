import { instantOf } from '../gate/wall-clock.ts'
import type { Entry } from './ics.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Work of the year's plan. */
type Task = {
  readonly id: 'monthly' | 'quarterly' | 'half-yearly' | 'yearly'
  readonly summary: string
  readonly description: string
  /** From 0 (January) to 11. */
  readonly months: readonly number[]
  /** Which Tuesday of the month: no Monday's rush, three working days left for what is found; no two tasks on one day. */
  readonly tuesday: 1 | 2 | 3 | 4
  readonly hours: number
}

/** R8.1: "monthly checklist (log analysis, backup validation), quarterly deep check (stress test, security scan), ..." */
const tasks: readonly Task[] = [
  {
    id: 'monthly',
    summary: 'Monthly checklist',
    description: 'Log analysis; backup validation.',
    months: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    tuesday: 1,
    hours: 4,
  },
  {
    id: 'quarterly',
    summary: 'Quarterly deep check',
    description: 'Stress test; security scan.',
    months: [2, 5, 8, 11],
    tuesday: 2,
    hours: 8,
  },
  {
    id: 'half-yearly',
    summary: 'Half-yearly upgrade',
    description: 'Upgrade of software versions, as a rollout in the windows of each system.',
    months: [4, 10],
    tuesday: 3,
    hours: 8,
  },
  {
    id: 'yearly',
    summary: 'Yearly health assessment',
    description: 'Health assessment of all systems, and the plan of the next year.',
    months: [11],
    tuesday: 3,
    hours: 8,
  },
]

/** Wall clock at which the work of a day begins. */
const beginsMs = 9 * hourMs

/** The plan of R8.1 for a year, in order of time, at the wall clock of `timeZone`; the same for the same arguments. */
export function yearPlan(
  estate: { readonly name: string; readonly timeZone: string },
  year: number,
): readonly Entry[] {
  return tasks
    .flatMap(({ id, summary, description, months, tuesday, hours }) =>
      months.map((month) => {
        const startMs = instantOf(tuesdayOf(year, month, tuesday) + beginsMs, estate.timeZone)
        // The month and not the day: a plan that moves is still the same entry.
        const uid = `${id}-${year}-${String(month + 1).padStart(2, '0')}.${estate.name}@upkeep`
        return {
          uid,
          startMs,
          endMs: startMs + hours * hourMs,
          summary: `${estate.name}: ${summary}`,
          description,
        }
      }),
    )
    .toSorted((a, b) => a.startMs - b.startMs)
}

/** Midnight of the nth Tuesday of a month, as `wallClock` gives it. */
function tuesdayOf(year: number, month: number, nth: number): number {
  const first = Date.UTC(year, month, 1)
  return first + (((9 - new Date(first).getUTCDay()) % 7) + (nth - 1) * 7) * dayMs
}
