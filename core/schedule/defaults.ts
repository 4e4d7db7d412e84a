import type { Recurring } from '../../schemas/schedule.ts'
import { weekdays } from '../../schemas/weekdays.ts'
import type { Tier } from '../estate/tiers.ts'

type Full = Required<Pick<Recurring, 'days' | 'times'>>
type Figures<T> = Readonly<Record<Tier, T>> & { readonly source: string }

const daily: Full = { days: [...weekdays], times: ['08:00', '18:00'] }
const twiceAWeek: Full = { days: ['monday', 'thursday'], times: ['08:00'] }
// After the hour that spring nights leave out, and before people work.
const sunday: Full = { days: ['sunday'], times: ['04:30'] }

/** When work is due where the estate does not say so, with the row of the requirements or why it was chosen. */
export const scheduleDefaults = {
  patrol: {
    core: daily,
    office: twiceAWeek,
    data: twiceAWeek,
    source: 'R2.4 "core systems every day at 08:00 and 18:00; others on Monday and Thursday"; at 08:00 too',
  },
  cleanup: {
    core: sunday,
    office: sunday,
    data: sunday,
    source: 'R4.1 "on schedule": once a week, when disks have time for it',
  },
} satisfies Readonly<Record<string, Figures<Full>>>

/** A window or the end of a soak is seen after that time at the latest. */
export const resumeEveryDefault = '5m'
/** Long enough that the controller has no peak, short enough that 08:00 is not yet the time of people. */
export const spreadDefault = '5m'
/** Below it, systemd and the start of a process are most of the work. */
export const shortestEvery = '10s'
export const longestEvery = '1d'
export const longestSpread = '4h'
