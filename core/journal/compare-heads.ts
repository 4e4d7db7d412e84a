import type { Event } from '../../schemas/event.ts'
import type { Head } from '../../schemas/head.ts'
import type { KeptHead } from './read-heads.ts'

/** What is wrong with a head or, by its witness, with the journal; `line` is that of the file of heads. */
export type HeadFinding = {
  readonly kind:
    | 'unreadable'
    | 'unsigned'
    | 'signature'
    | 'foreign'
    | 'went-back'
    | 'truncated'
    | 'rewritten'
    | 'unreached'
    | 'unwitnessed'
  readonly line: number
  readonly sequence?: number
  readonly what: string
}

/** Holds heads whose signatures are good against a journal that is read event by event. */
export type HeadComparison = {
  /** Takes the next event of the journal. */
  readonly see: (event: Event) => void
  /** What was found once all events were seen; `broken`: reading ended at a place where the chain is broken. */
  readonly end: (broken: boolean) => {
    readonly findings: readonly HeadFinding[]
    /** The newest head that the journal agrees with. */
    readonly newest: Head | null
  }
}

/** Compares heads, in the order in which they were kept, with the journal of this name (its events' source). */
export function compareHeads(journal: string, heads: readonly KeptHead[]): HeadComparison {
  const own = heads.filter(({ head }) => head.journal === journal)
  const wanted = new Set(own.map(({ head }) => head.sequence))
  // Only what heads name is kept: memory does not grow with the journal.
  const seen = new Map<number, Pick<Event, 'hash' | 'time' | 'source'>>()
  let last = 0

  function see({ sequence, hash, time, source }: Event): void {
    last = sequence
    if (wanted.has(sequence)) seen.set(sequence, { hash, time, source })
  }

  function end(broken: boolean) {
    const bySequence = own.toSorted((a, b) => a.head.sequence - b.head.sequence || a.line - b.line)
    const agrees = ({ head }: KeptHead) => {
      const event = seen.get(head.sequence)
      return event?.hash === head.hash && event.time === head.time && event.source === head.journal
    }
    const differing = bySequence.filter((kept) => seen.has(kept.head.sequence) && !agrees(kept))
    const firstDiffering = differing[0]?.head.sequence ?? Infinity
    const proven = bySequence.findLast((kept) => kept.head.sequence < firstDiffering && agrees(kept))
    const findings = [
      ...heads.filter(({ head }) => head.journal !== journal).map((kept) => foreign(kept, journal)),
      ...wentBack(own),
      ...differing.map((kept) => rewritten(kept, firstDiffering, proven)),
      ...bySequence
        .filter(({ head }) => head.sequence > last)
        .map((kept) => (broken ? unreached(kept, last) : truncated(kept, last))),
    ]
    return { findings, newest: bySequence.findLast(agrees)?.head ?? null }
  }

  return { see, end }
}

function foreign({ line, head }: KeptHead, journal: string): HeadFinding {
  const what = `it is a head of another journal, "${head.journal}"; this one is "${journal}"`
  return { kind: 'foreign', line, sequence: head.sequence, what }
}

function* wentBack(heads: readonly KeptHead[]): Generator<HeadFinding> {
  for (const [index, { line, head }] of heads.entries()) {
    const before = heads[index - 1]
    if (before === undefined || before.head.sequence <= head.sequence) continue
    const what = `it is of event ${head.sequence}, and the head kept before it (line ${before.line}) of event ${before.head.sequence}: a journal never gets shorter`
    yield { kind: 'went-back', line, sequence: head.sequence, what }
  }
}

function rewritten({ line, head }: KeptHead, first: number, proven: KeptHead | undefined): HeadFinding {
  const { sequence } = head
  const from = proven === undefined ? 1 : proven.head.sequence + 1
  const place = from === first ? `event ${first}` : `one of the events ${from} to ${first}`
  const upTo =
    proven === undefined ? '' : `; up to event ${proven.head.sequence} it is as line ${proven.line} says`
  const what = `event ${sequence} was ${head.hash} at ${head.time}, and is another one now: the journal was rewritten. The first that differs is ${place}${upTo}`
  return { kind: 'rewritten', line, sequence, what }
}

function truncated({ line, head }: KeptHead, last: number): HeadFinding {
  const missing = head.sequence - last
  const what = `the journal had ${head.sequence} events at ${head.time}, and now ends at event ${last}: ${missing} or more were cut off`
  return { kind: 'truncated', line, sequence: head.sequence, what }
}

function unreached({ line, head }: KeptHead, last: number): HeadFinding {
  const what = `event ${head.sequence} could not be held against it: the journal is damaged after event ${last}`
  return { kind: 'unreached', line, sequence: head.sequence, what }
}
