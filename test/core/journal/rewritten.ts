import { encodeEvent, noEvent } from '../../../core/journal/line.ts'
import type { Event } from '../../../schemas/event.ts'

/** The text of a journal whose n-th event says something else, it and all after it written anew with a right chain. */
export function rewrittenFrom(events: readonly Event[], n: number): string {
  let previous = events[n - 2]?.hash ?? noEvent
  const before = events.slice(0, n - 1).map(({ hash: _hash, ...event }) => encodeEvent(event).line)
  const after = events.slice(n - 1).map(({ hash: _hash, ...event }, index) => {
    const data = index === 0 ? { ...event.data, forged: true } : event.data
    const encoded = encodeEvent({ ...event, data, previous })
    previous = encoded.hash
    return encoded.line
  })
  return [...before, ...after].join('')
}
