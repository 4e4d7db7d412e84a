import type { Event } from '../../schemas/event.ts'
import { canonical } from '../canonical.ts'
import { sha256 } from '../digest.ts'

/** The `previous` of a journal's first event. */
export const noEvent = '0'.repeat(64)

/** No line may be longer, newline included; whoever records output caps it first and records its digest. */
export const maxLineBytes = 8 * 1024 * 1024

/** Where a chain stands: the last event's sequence and hash. */
export type ChainEnd = { readonly sequence: number; readonly hash: string }

/** What a line is: an event that continues the chain, or in what it differs. */
export type LineCheck =
  { readonly event: Event } | { readonly why: string; readonly expected?: string; readonly found?: string }

/** Hash and line (with newline) of an event; both are determined by its content. */
export function encodeEvent(event: Omit<Event, 'hash'>): { readonly hash: string; readonly line: string } {
  // "hash" sorts between "data" and "id", so both canonical texts come from one walk over the data.
  const { actor, data, id, previous, sequence, source, specversion, subject, time, type } = event
  const before = canonical({ actor, data }).slice(0, -1)
  const after = canonical({ id, previous, sequence, source, specversion, subject, time, type }).slice(1)
  const hash = sha256(`${before},${after}`)
  return { hash, line: `${before},"hash":"${hash}",${after}\n` }
}

/** Checks one line (without newline) against the chain before it: content, hash, every byte, sequence, link. */
export function checkLine(end: ChainEnd, bytes: Buffer): LineCheck {
  const parsed = parse(bytes)
  if (!isEvent(parsed)) return { why: parsed === undefined ? 'it is not JSON' : 'it is not an event' }
  const { hash, ...rest } = parsed
  const encoded = encodeAgain(rest)
  if (encoded?.hash !== hash) {
    return {
      why: 'its content does not match its hash',
      expected: encoded?.hash ?? 'canonical JSON',
      found: hash,
    }
  }
  // The same value can be spelt in several ways; only the bytes that were hashed are accepted.
  if (!bytes.equals(Buffer.from(encoded.line).subarray(0, -1))) {
    return { why: 'it is not written in canonical form' }
  }
  if (parsed.sequence !== end.sequence + 1) {
    return {
      why: 'lines are missing, doubled or out of order before it',
      expected: `sequence ${end.sequence + 1}`,
      found: `sequence ${parsed.sequence}`,
    }
  }
  if (parsed.previous !== end.hash) {
    return {
      why: 'it does not continue the event before it',
      expected: `previous ${end.hash}`,
      found: `previous ${parsed.previous}`,
    }
  }
  return { event: parsed }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function encodeAgain(event: Omit<Event, 'hash'>): ReturnType<typeof encodeEvent> | undefined {
  try {
    return encodeEvent(event)
  } catch {
    return undefined
  }
}

function isEvent(value: unknown): value is Event {
  if (typeof value !== 'object' || value === null) return false
  const event = value as Readonly<Record<string, unknown>>
  const texts = [event['id'], event['source'], event['type'], event['time'], event['actor'], event['hash']]
  return (
    event['specversion'] === '1.0' &&
    texts.every((text) => typeof text === 'string') &&
    ['string', 'undefined'].includes(typeof event['subject']) &&
    typeof event['previous'] === 'string' &&
    Number.isSafeInteger(event['sequence']) &&
    typeof event['data'] === 'object' &&
    event['data'] !== null &&
    !Array.isArray(event['data'])
  )
}
