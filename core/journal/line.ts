import type { Event } from '../../schemas/event.ts'
import { canonical } from '../canonical.ts'
import { sha256 } from '../digest.ts'

/** The `previous` of a journal's first event. */
export const noEvent = '0'.repeat(64)

/** No line may be longer, newline included; whoever records output caps it first and records its digest. */
export const maxLineBytes = 8 * 1024 * 1024

/** Where a chain stands: the last event's sequence and hash. */
export type ChainEnd = { readonly sequence: number; readonly hash: string }

/** What a line is: an event that continues the chain, or in what it differs; `foreign`: whole, and of another version. */
export type LineCheck =
  | { readonly event: Event }
  | { readonly why: string; readonly expected?: string; readonly found?: string; readonly foreign?: true }

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
  if (!isEvent(parsed))
    return foreign(parsed, bytes) ?? { why: parsed === undefined ? 'it is not JSON' : 'it is not an event' }
  const { hash, ...rest } = parsed
  const encoded = encodeAgain(rest)
  if (encoded?.hash !== hash) {
    const differs = { why: 'its content does not match its hash', found: hash }
    return foreign(parsed, bytes) ?? { ...differs, expected: encoded?.hash ?? 'canonical JSON' }
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

const known: readonly string[] =
  'specversion id source type subject time sequence previous actor data hash'.split(' ')

/**
 * Says of a line that is no event of this version that its hash and bytes are right all the same. No torn write and no
 * flipped bit makes one, so it must never be set aside as a tail.
 */
function foreign(value: unknown, bytes: Buffer): LineCheck | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { hash, ...rest } = value as Readonly<Record<string, unknown>>
  try {
    if (hash !== sha256(canonical(rest)) || !bytes.equals(Buffer.from(canonical(value)))) return undefined
  } catch {
    return undefined
  }
  const beyond = Object.keys(rest).filter((key) => !known.includes(key))
  const found = [`specversion ${JSON.stringify(rest['specversion'])}`, ...beyond].join(', ').slice(0, 300)
  return {
    why: 'it is of another version of Upkeep',
    foreign: true,
    expected: 'specversion "1.0", no other key',
    found,
  }
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
