import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import { durationMs } from '../duration.ts'
import { longestEvery, longestSpread, shortestEvery, spreadDefault } from '../schedule/defaults.ts'
import { complaint } from './complaint.ts'
import { timeMs } from './resolve-schedule.ts'

const dayMs = 86_400_000

/** Timers are not too often and not too rare, and no start is spread into the next day. */
export function* schedulesFit(loaded: LoadedEstate): Generator<Placed> {
  const { schedule = {} } = loaded.estate
  const { every } = schedule.resume ?? {}
  if (every !== undefined) {
    const isWithin =
      durationMs(every) >= durationMs(shortestEvery) && durationMs(every) <= durationMs(longestEvery)
    if (!isWithin) {
      yield complaint(loaded, ['schedule', 'resume', 'every'], {
        code: 'range',
        what: `schedule.resume.every is "${every}"`,
        found: `"${every}"`,
        expected: `from ${shortestEvery} to ${longestEvery}`,
      })
    }
  }
  const spread = schedule.spread ?? spreadDefault
  if (durationMs(spread) > durationMs(longestSpread)) {
    yield complaint(loaded, ['schedule', 'spread'], {
      code: 'range',
      what: `schedule.spread is "${spread}"`,
      found: `"${spread}"`,
      expected: `at most ${longestSpread}`,
    })
    return
  }
  for (const work of ['patrol', 'cleanup'] as const) {
    for (const tier of ['core', 'office', 'data'] as const) {
      for (const [index, time] of (schedule[work]?.[tier]?.times ?? []).entries()) {
        if (timeMs(time) + durationMs(spread) < dayMs) continue
        yield complaint(loaded, ['schedule', work, tier, 'times', index], {
          code: 'schedule-midnight',
          what: `Starts are spread over ${spread}, and would pass midnight into a day that may not be one of its own`,
          found: `"${time}"`,
          expected: `a time that is ${spread} or more before midnight, or a shorter schedule.spread`,
        })
      }
    }
  }
}
