import type { Event } from '../../schemas/event.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { makeDirectory, systemCode } from '../durable.ts'
import { type ChainEnd, noEvent } from './line.ts'
import { corrupt, unreadable } from './problem.ts'
import { quarantine, unrecorded } from './recover.ts'
import { redactor } from './redact.ts'
import { isJournalStop } from './stop.ts'
import { type Tail, walkJournal } from './walk.ts'
import { type EventContent, startWriter, type Writer, type WriterSettings } from './writer.ts'

/** A journal open for writing: the events found (and kept) when it was opened, and the way to add more. */
export type Journal = Writer & {
  readonly events: readonly Event[]
  /** Takes a secret out of all that is recorded from now on. */
  readonly addSecret: (secret: string) => void
}

/** `dir` is `<state>/journal`; `keep` picks the events to hold in memory (all); `now` is in milliseconds since 1970. */
export type JournalOptions = Pick<WriterSettings, 'dir' | 'source' | 'actor' | 'lease' | 'now'> &
  Partial<Pick<WriterSettings, 'segmentBytes' | 'faults'>> & {
    readonly secrets?: readonly string[]
    readonly keep?: (event: Event) => boolean
  }

const defaultSegmentBytes = 64 * 1024 * 1024

/**
 * Opens a journal for the one writer that holds the lease; sets a torn tail aside and records that.
 * Problems: `journal/corrupt` and `journal/version` (nothing is changed then), `journal/unreadable`, `journal/not-written`, `lease/lost`.
 */
export async function openJournal(options: JournalOptions): Promise<Result<Journal>> {
  const { dir, lease, keep = () => true, faults = {}, segmentBytes = defaultSegmentBytes } = options
  const secrets = redactor(options.secrets ?? [])
  const events: Event[] = []
  try {
    await makeDirectory(dir)
    const found = await readChain(dir, (event) => keep(event) && events.push(event))
    if (found.bad !== undefined) return fail(corrupt(found.bad))
    for (const tail of found.tails) await quarantine(dir, tail)
    const settings = { ...options, segmentBytes, faults, redactor: secrets }
    const { number, token, isClosed, ...last } = found.last
    // A holder whose lease ran out may still live and have the segment open; nobody else may write there then.
    const isOurs = !isClosed && token > lease.contested
    const writer = startWriter(settings, { end: found.end, segments: number, ...(isOurs && { last }) })
    try {
      for (const data of await unrecorded(dir, found.recorded)) {
        const event = await writer.append('journal.recovered', { data })
        if (keep(event)) events.push(event)
      }
    } catch (error) {
      await writer.close()
      throw error
    }
    return ok({ ...writer, append: appendOthers, events, addSecret: secrets.add })

    function appendOthers(type: string, content: EventContent): Promise<Event> {
      if (type.startsWith('journal.')) throw new Error(`"${type}" is for the journal itself`)
      return writer.append(type, content)
    }
  } catch (error) {
    if (isJournalStop(error)) return fail(error.problem)
    if (systemCode(error) !== undefined) return fail(unreadable(dir, error))
    throw error
  }
}

async function readChain(dir: string, onEvent: (event: Event) => void) {
  const recorded = new Set<string>()
  const tails: Tail[] = []
  let end: ChainEnd = { sequence: 0, hash: noEvent }
  // Until its first event says who started it, an empty segment may be another writer's: its token is 0.
  let last = { number: 0, bytes: 0, events: 0, token: 0, isClosed: false }
  for await (const found of walkJournal(dir)) {
    if (found.kind === 'bad') return { end, last, tails, recorded, bad: found.bad }
    if (found.kind === 'segment') {
      last = { number: found.segment.number, bytes: found.bytes, events: 0, token: 0, isClosed: false }
    }
    if (found.kind === 'tail') {
      tails.push(found.tail)
      last.bytes = found.tail.offset
    }
    if (found.kind === 'event') {
      const { type, data, sequence, hash } = found.event
      end = { sequence, hash }
      last.events += 1
      if (type === 'journal.opened') last.token = Number(data['token'])
      if (type === 'journal.closed') last.isClosed = true
      if (type === 'journal.recovered') recorded.add(String(data['file']))
      onEvent(found.event)
    }
  }
  return { end, last, tails, recorded, bad: undefined }
}
