import type { Told } from '../../core/run/events.ts'
import type { Event } from '../../schemas/event.ts'

/** A journalled event as the fold reads it; events of other kinds are passed over by their type. */
export function toTold(event: Event): Told {
  const { type, subject, data, time } = event
  return {
    type,
    ...(subject === undefined ? {} : { subject }),
    data,
    timeMs: Date.parse(time),
  } as unknown as Told
}
