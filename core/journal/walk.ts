import { open } from 'node:fs/promises'
import type { Event } from '../../schemas/event.ts'
import { type ChainEnd, checkLine, noEvent } from './line.ts'
import { firstSequence, listSegments, readLines, type Segment } from './segments.ts'

/** A line that breaks the chain: file, line from 1, offset in bytes, and in what it differs. */
export type BadLine = {
  readonly file: string
  readonly line: number
  readonly offset: number
  readonly why: string
  readonly expected?: string
  readonly found?: string
  /** It is whole, and of another version of Upkeep. */
  readonly foreign?: true
}

/** Bytes at the end of a segment that are no part of the chain: a torn write, or one of a writer that was shut out. */
export type Tail = {
  readonly file: string
  readonly segment: number
  readonly line: number
  readonly offset: number
  readonly bytes: number
  readonly why: string
}

/** What reading a journal meets, in order; nothing follows a `bad`. */
export type Found =
  | { readonly kind: 'segment'; readonly segment: Segment; readonly bytes: number }
  | { readonly kind: 'event'; readonly event: Event; readonly segment: Segment; readonly line: number }
  | { readonly kind: 'tail'; readonly tail: Tail }
  | { readonly kind: 'bad'; readonly bad: BadLine }

/** Reads and checks a whole journal without a lock and without changing it; a missing directory rejects with ENOENT. */
export async function* walkJournal(dir: string): AsyncGenerator<Found> {
  const segments = await listSegments(dir)
  const ends = await chainEnds(segments)
  let end: ChainEnd = { sequence: 0, hash: noEvent }
  for (const [index, segment] of segments.entries()) {
    if (segment.number !== index + 1) {
      const why = `segment ${index + 1} is missing before it`
      yield { kind: 'bad', bad: { file: segment.path, line: 1, offset: 0, why } }
      return
    }
    for await (const found of walkSegment(segment, end, ends[index] ?? Infinity)) {
      yield found
      if (found.kind === 'bad') return
      if (found.kind === 'event') end = found.event
    }
  }
}

/**
 * The sequence at which each segment hands over to a later one. What a writer that lost its lease still appends to its
 * old segment is not part of the chain, for the new owner has gone on from an earlier event in a segment of its own.
 */
async function chainEnds(segments: readonly Segment[]): Promise<readonly number[]> {
  const ends = [Infinity]
  for (const { path } of segments.slice(1).reverse()) {
    ends.unshift(Math.min(ends[0] ?? Infinity, (await firstSequence(path)) ?? Infinity))
  }
  return ends
}

async function* walkSegment(segment: Segment, before: ChainEnd, handover: number): AsyncGenerator<Found> {
  const file = segment.path
  await using handle = await open(file, 'r')
  const size = (await handle.stat()).size
  yield { kind: 'segment', segment, bytes: size }
  let end = before
  let line = 0
  for await (const lines of readLines(handle, size)) {
    for (const { bytes, offset, ended } of lines) {
      line += 1
      const tail = { file, segment: segment.number, line, offset, bytes: size - offset }
      if (end.sequence + 1 >= handover) {
        yield { kind: 'tail', tail: { ...tail, why: 'the chain goes on in a later segment' } }
        return
      }
      const check = ended ? checkLine(end, bytes) : { why: 'no newline ends it' }
      if ('event' in check) {
        end = check.event
        yield { kind: 'event', event: check.event, segment, line }
        continue
      }
      const isLast = offset + bytes.length + Number(ended) === size && handover === Infinity
      if (isLast && !('foreign' in check)) yield { kind: 'tail', tail: { ...tail, why: check.why } }
      else yield { kind: 'bad', bad: { file, line, offset, ...check } }
      return
    }
  }
}
