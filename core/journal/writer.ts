import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Event } from '../../schemas/event.ts'
import { syncDirectory, systemCode } from '../durable.ts'
import type { Lease } from '../lease/lease.ts'
import { type ChainEnd, encodeEvent, maxLineBytes } from './line.ts'
import type { Redactor } from './redact.ts'
import { segmentPath } from './segments.ts'
import { isJournalStop, type JournalStop, journalStop } from './stop.ts'

/** What an event is about and what it says; `data` is redacted before it is recorded. */
export type EventContent = {
  readonly subject?: string | undefined
  readonly data: Readonly<Record<string, unknown>>
}

/** Called around each write, for tests that kill or fail there; one that throws counts as a failed write. */
export type JournalFaults = {
  readonly beforeAppend?: (event: Event) => void | Promise<void>
  readonly afterAppend?: (event: Event) => void | Promise<void>
}

/** What every event of a writer shares; `now` is in milliseconds since 1970, `segmentBytes` where a new segment starts. */
export type WriterSettings = {
  readonly dir: string
  readonly source: string
  readonly actor: string
  readonly lease: Pick<Lease, 'token' | 'contested' | 'lost' | 'held'>
  readonly now: () => number
  readonly segmentBytes: number
  readonly faults: JournalFaults
  readonly redactor: Redactor
}

/** Where writing goes on: the chain's end, and the last segment, or none when a new one must be started. */
export type WriterStart = {
  readonly end: ChainEnd
  readonly segments: number
  readonly last?: { readonly bytes: number; readonly events: number }
}

/** The writing half of a journal: one event after the other, each on the disk before its promise resolves. */
export type Writer = {
  readonly append: (type: string, content: EventContent) => Promise<Event>
  readonly close: () => Promise<void>
}

/** Starts writing at the end of a checked chain; rejects with a JournalStop when an event can not be recorded for certain. */
export function startWriter(settings: WriterSettings, start: WriterStart): Writer {
  const { dir, faults, lease } = settings
  let { end, segments } = start
  let { bytes, events } = start.last ?? { bytes: 0, events: 0 }
  let file: FileHandle | undefined
  let isFull = start.last === undefined
  let isClosed = false
  let stopped: JournalStop | undefined
  let queue: Promise<unknown> = Promise.resolve()

  function append(type: string, content: EventContent): Promise<Event> {
    const appended = queue.then(() => appendNow(type, content))
    queue = appended.catch(() => undefined)
    return appended
  }

  async function appendNow(type: string, content: EventContent): Promise<Event> {
    if (isClosed) throw new Error(`the journal is closed; "${type}" comes too late`)
    if (stopped !== undefined) throw stopped
    const encoded = encode(type, content)
    if (!isFull && events > 1 && bytes + encoded.line.length > settings.segmentBytes) {
      await write(encode('journal.closed', { data: { segment: segments, events: events + 1 } }))
      isFull = true
    }
    if (isFull) {
      await write(encode('journal.opened', { data: { segment: segments + 1, token: lease.token } }))
    }
    return write(encoded.sequence === end.sequence + 1 ? encoded : encode(type, content))
  }

  function encode(type: string, { subject, data }: EventContent) {
    const { source, actor, now, redactor } = settings
    const about = subject === undefined ? {} : { subject: redactor.redact(subject) }
    const sequence = end.sequence + 1
    const { hash, line } = encodeEvent({
      specversion: '1.0',
      id: `${about.subject ?? 'journal'}/${sequence}`,
      source,
      type,
      ...about,
      time: new Date(now()).toISOString(),
      sequence,
      previous: end.hash,
      actor,
      data: redactor.redact(data),
    })
    const bytes = Buffer.from(line)
    if (bytes.length > maxLineBytes)
      throw new RangeError(`"${type}" has ${bytes.length} bytes; cap what it records`)
    return { sequence, hash, line: bytes }
  }

  async function write({ sequence, hash, line }: ReturnType<typeof encode>): Promise<Event> {
    const event = JSON.parse(line.toString()) as Event
    try {
      if (lease.lost) throw leaseLost()
      await faults.beforeAppend?.(event)
      const target = isFull ? await startSegment() : (file ??= await open(segmentPath(dir, segments), 'a'))
      const { bytesWritten } = await target.write(line)
      if (bytesWritten !== line.length)
        throw new Error(`${bytesWritten} of ${line.length} bytes were written`)
      await target.datasync()
      // Whoever took the lease over read the journal after taking it. So an event that was on the disk while the lease
      // still stood is in what the new owner read, and one that came later is not acknowledged.
      if (!(await lease.held())) throw leaseLost()
      await faults.afterAppend?.(event)
    } catch (error) {
      throw (stopped = isJournalStop(error) ? error : notWritten(error))
    }
    end = { sequence, hash }
    bytes += line.length
    events += 1
    return event
  }

  async function startSegment(): Promise<FileHandle> {
    await file?.close()
    file = await open(segmentPath(dir, segments + 1), 'ax', 0o600)
    await syncDirectory(dir)
    segments += 1
    bytes = 0
    events = 0
    isFull = false
    return file
  }

  function notWritten(error: unknown) {
    const found = error instanceof Error ? error.message : String(error)
    return journalStop(
      {
        code: 'journal/not-written',
        what: 'An event could not be written to the journal, so no further step may start',
        where: segmentPath(dir, segments),
        found: systemCode(error) === undefined ? found : `${systemCode(error)}: ${found}`,
        fix: 'Make room or repair the disk, then resume; what was under way is settled from the hosts',
      },
      error,
    )
  }

  function leaseLost() {
    return journalStop({
      code: 'lease/lost',
      what: 'Another controller took the lease over, so this one records and starts nothing more',
      where: dirname(dir),
      fix: 'Look at the status from the controller that holds the lease now',
    })
  }

  async function close(): Promise<void> {
    await queue
    isClosed = true
    await file?.close()
    file = undefined
  }

  return { append, close }
}
