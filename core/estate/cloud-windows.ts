import type { CloudWindows } from '../../schemas/cloud-windows.ts'
import type { Estate } from '../../schemas/estate.ts'
import { weekdays } from '../../schemas/weekdays.ts'
import { changeCalendarText } from '../calendar/ics.ts'
import { freezesOf } from '../gate/opening.ts'
import { resumeName } from '../schedule/jobs.ts'
import type {
  ResolvedCloudWindow,
  ResolvedCloudWindows,
  ResolvedFreeze,
  ResolvedSystem,
  ResolvedWindow,
} from './resolved.ts'

const minuteMs = 60_000

/** What durations and cutoffs of maintenance windows are counted in. */
export const hourMs = 60 * minuteMs

/** The windows that AWS opens as well, one for each system that has one, in the order of the estate. */
export function resolvedCloudWindows(
  estate: Estate,
  { account, region, systemTag, controllerTag }: CloudWindows,
  systems: Readonly<Record<string, ResolvedSystem>>,
  freezes: readonly ResolvedFreeze[],
): ResolvedCloudWindows {
  return {
    account,
    region,
    systemTag: systemTag ?? 'upkeep:system',
    controllerTag: controllerTag ?? 'upkeep:controller',
    nudged: `${resumeName(estate.name)}.service`,
    windows: Object.values(systems).flatMap(({ name, tier, window }): readonly ResolvedCloudWindow[] =>
      window === undefined
        ? []
        : [
            {
              system: name,
              tier,
              cron: cronOf(window),
              timeZone: window.timeZone,
              durationHours: wholeHours(window.durationMs),
              cutoffHours: wholeHours(window.cutoffMs),
              freezes: calendarOf(estate.name, name, freezesOf({ freezes, system: name })),
            },
          ],
    ),
  }
}

/** What AWS calls the window and the change calendar of a system; no two can meet, for their names have no underscore. */
export function cloudName(estate: string, system: string): string {
  return `upkeep_${estate}_${system}`
}

function calendarOf(estate: string, system: string, freezes: readonly ResolvedFreeze[]): string {
  const entries = freezes.map(({ name, fromMs, toMs }) => ({
    uid: `freeze-${fromMs}-${toMs}.${system}.${estate}@upkeep`,
    startMs: fromMs,
    endMs: toMs,
    summary: name,
    description: `Freeze of ${system}: nothing starts`,
  }))
  // No day on which it was written: that would be a change of the calendar each time.
  return changeCalendarText(`Freezes of ${system} in the estate ${estate}`, entries, 0)
}

/**
 * When a window starts, at the wall clock of its zone: `cron(0 30 22 ? * SAT,SUN *)` (seconds, minutes, hours, day of the
 * month, month, days of the week, year; AWS Systems Manager, "Cron and rate expressions").
 */
export function cronOf({ days, startMs }: Pick<ResolvedWindow, 'days' | 'startMs'>): string {
  const minutes = startMs / minuteMs
  // In the order of the week: the order in which they were written is no change of the window.
  const names = weekdays.filter((day) => days.includes(day)).map((day) => day.slice(0, 3).toUpperCase())
  return `cron(0 ${minutes % 60} ${Math.floor(minutes / 60)} ? * ${names.join(',')} *)`
}

function wholeHours(ms: number): number {
  if (ms % hourMs !== 0) throw new Error(`${ms} ms are no whole hours: checkEstate refuses them`)
  return ms / hourMs
}
