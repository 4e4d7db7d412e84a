import type { ResolvedEstate } from '../estate/resolved.ts'
import type { Schedule } from './due.ts'

/** Work that a timer of the controller starts. */
export type Job = {
  /** Name of its timer and its service, without their endings. */
  readonly name: string
  readonly work: 'patrol' | 'cleanup' | 'resume'
  /** The one that is inspected or cleaned up; `resume` is for all. */
  readonly system?: string
  readonly when:
    | ({ readonly kind: 'calendar' } & Schedule)
    /** From the end of one to the start of the next. */
    | { readonly kind: 'interval'; readonly everyMs: number }
}

/**
 * What timers start, in the order of the estate. The same work of several systems starts at even distances over
 * `spreadMs`, the first one on the dot: a start is the same on each day, and on whichever machine it is computed.
 */
export function jobsOf(estate: ResolvedEstate): readonly Job[] {
  const { name, schedule } = estate
  const systems = Object.values(estate.systems)
  const cleaned = systems.filter(({ cleanup }) => cleanup.rules.length > 0)
  const recurring = [
    { work: 'patrol', of: systems },
    { work: 'cleanup', of: cleaned },
  ] as const
  const jobs = recurring.flatMap(({ work, of }) => {
    const due = of.flatMap((system) => {
      const when = schedule[work][system.tier]
      return when === null ? [] : [{ system: system.name, when }]
    })
    return due.map(({ system, when }, index): Job => {
      // Whole seconds: finer than that no timer says when it starts.
      const laterMs = Math.floor((index * schedule.spreadMs) / due.length / 1000) * 1000
      const timesMs = when.timesMs.map((ms) => ms + laterMs)
      return {
        name: `${prefixOf(name)}${work}_${system}`,
        work,
        system,
        when: { kind: 'calendar', ...when, timesMs },
      }
    })
  })
  const { resumeEveryMs } = schedule
  if (resumeEveryMs === null) return jobs
  const when = { kind: 'interval', everyMs: resumeEveryMs } as const
  return [...jobs, { name: resumeName(name), work: 'resume', when }]
}

/** Name of timer and service that go on with the rollouts of an estate, without their endings. */
export function resumeName(estate: string): string {
  return `${prefixOf(estate)}resume`
}

/** How names of units of an estate begin. No name of an estate or a system has an underscore: no two can meet. */
function prefixOf(estate: string): string {
  return `upkeep_${estate}_`
}
