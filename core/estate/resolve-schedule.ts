import type { Estate } from '../../schemas/estate.ts'
import { durationMs } from '../duration.ts'
import { resumeEveryDefault, scheduleDefaults, spreadDefault } from '../schedule/defaults.ts'
import type { Schedule } from '../schedule/due.ts'
import type { ResolvedEstate } from './resolved.ts'
import type { Absolute } from './surroundings.ts'
import type { Tier } from './tiers.ts'

/** What timers start and when, with every default filled in. */
export function resolvedSchedule(estate: Estate, absolute: Absolute): ResolvedEstate['schedule'] {
  const { patrol, cleanup, resume, spread, user, environment, metrics } = estate.schedule ?? {}
  function byTier(work: 'patrol' | 'cleanup', written: typeof patrol): Record<Tier, Schedule | null> {
    const of = (tier: Tier): Schedule | null => {
      const { off, days, times, timeZone } = { ...scheduleDefaults[work][tier], ...written?.[tier] }
      if (off === true) return null
      return { days, timesMs: times.map(timeMs), timeZone: timeZone ?? estate.timeZone }
    }
    return { core: of('core'), office: of('office'), data: of('data') }
  }
  return {
    patrol: byTier('patrol', patrol),
    cleanup: byTier('cleanup', cleanup),
    resumeEveryMs: resume?.off === true ? null : durationMs(resume?.every ?? resumeEveryDefault),
    spreadMs: durationMs(spread ?? spreadDefault),
    user: user ?? 'root',
    ...(environment === undefined ? {} : { environment: absolute(environment) }),
    ...(metrics === undefined ? {} : { metrics: absolute(metrics) }),
  }
}

/** Milliseconds since midnight of `HH:MM` or `HH:MM:SS`. */
export function timeMs(text: string): number {
  const [hours = NaN, minutes = NaN, seconds = 0] = text.split(':').map(Number)
  return ((hours * 60 + minutes) * 60 + seconds) * 1000
}
