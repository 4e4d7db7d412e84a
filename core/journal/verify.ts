import { join } from 'node:path'
import type { Event } from '../../schemas/event.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { digestOfFile } from '../digest.ts'
import { systemCode } from '../durable.ts'
import { unreadable } from './problem.ts'
import { type BadLine, type Tail, walkJournal } from './walk.ts'

/** The end of a chain at some time; kept elsewhere, it shows later whether the journal was cut or rewritten. */
export type Head = Pick<Event, 'sequence' | 'hash' | 'time'>

/** Says that an event announces an effect under a key, or tells the outcome of one. */
export type Mark = { readonly announces: string } | { readonly settles: string }

/** Something that the chain allows and a person should look at; `sequence` is the event it is about. */
export type Warning = {
  readonly kind: 'clock' | 'recovered' | 'quarantine' | 'no-outcome'
  readonly sequence: number
  readonly what: string
}

/** What a check of a whole journal found. `ok`: each byte belongs to the chain; a tail that the next run sets aside does not. */
export type JournalReport = {
  readonly ok: boolean
  readonly events: number
  readonly firstBad?: BadLine
  readonly tails: readonly Tail[]
  readonly warnings: readonly Warning[]
  /** The last event of each segment; the last of them is the head of the journal. */
  readonly heads: readonly Head[]
  readonly doesNotProve: readonly string[]
}

const withoutHeads = [
  'that no events were cut off the end: compare the head with one that is kept elsewhere',
  'that the writer did not rewrite the whole journal: compare the heads with those kept elsewhere',
] as const
const doesNotProve = [
  'that everything that happened was recorded: work done past Upkeep leaves no event',
  'that what an event says is true: it is what the controller saw and believed',
  'who wrote an event: the actor is what the controller said of itself',
  "that the times are right: they are the controller's clock",
] as const

/**
 * What a check does not prove. With a head that was kept elsewhere and agrees (the sequence of the newest), a cut or a
 * rewriting is ruled out up to it; the journal ends at event `last`.
 */
export function notProven(newest: number | null, last: number): readonly string[] {
  if (newest === null) return [...withoutHeads, ...doesNotProve]
  const after =
    newest === last
      ? `that no events after event ${newest}, the newest head and the last event, were cut off`
      : `anything about the ${last - newest} events after event ${newest}, the newest head: they may have been cut off or rewritten since`
  return [
    after,
    'that no head was taken out of the file: whoever keeps heads must not let the controller remove one',
    ...doesNotProve,
  ]
}

/** The report on a place where no journal has been begun, for those who know that none should be there. */
export const noJournal: JournalReport = {
  ok: true,
  events: 0,
  tails: [],
  warnings: [],
  heads: [],
  doesNotProve: notProven(null, 0),
}

/**
 * Checks a journal or a copy of one, offline and without changing anything; `markOf` tells which events announce
 * effects and which settle them, `onEvent` sees each. Problem: `journal/unreadable`.
 */
export async function verifyJournal(
  dir: string,
  markOf: (event: Event) => Mark | undefined = () => undefined,
  onEvent: (event: Event) => void = () => {},
): Promise<Result<JournalReport>> {
  try {
    return ok(await verify(dir, markOf, onEvent))
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return fail(unreadable(dir, error))
  }
}

async function verify(
  dir: string,
  markOf: (event: Event) => Mark | undefined,
  onEvent: (event: Event) => void,
): Promise<JournalReport> {
  const heads: Head[] = []
  const tails: Tail[] = []
  const warnings: Warning[] = []
  const announced = new Map<string, number>()
  let firstBad: BadLine | undefined
  let events = 0
  let segment = 0
  let time = ''
  for await (const found of walkJournal(dir)) {
    if (found.kind === 'bad') firstBad = found.bad
    if (found.kind === 'tail') tails.push(found.tail)
    if (found.kind !== 'event') continue
    const { event } = found
    events += 1
    onEvent(event)
    if (found.segment.number === segment) heads.pop()
    segment = found.segment.number
    heads.push({ sequence: event.sequence, hash: event.hash, time: event.time })
    if (event.time < time) warnings.push(clockWentBack(event, time))
    time = event.time
    if (event.type === 'journal.recovered') warnings.push(...(await recovered(dir, event)))
    const mark = markOf(event)
    if (mark !== undefined && 'announces' in mark) announced.set(mark.announces, event.sequence)
    if (mark !== undefined && 'settles' in mark) announced.delete(mark.settles)
  }
  for (const [key, sequence] of announced) {
    warnings.push({ kind: 'no-outcome', sequence, what: `"${key}" was announced and no outcome is recorded` })
  }
  const isWhole = firstBad === undefined && tails.length === 0
  const unproven = notProven(null, events)
  return {
    ok: isWhole,
    events,
    ...(firstBad && { firstBad }),
    tails,
    warnings,
    heads,
    doesNotProve: unproven,
  }
}

function clockWentBack({ sequence, time }: Event, before: string): Warning {
  return { kind: 'clock', sequence, what: `the clock went back from ${before} to ${time}` }
}

async function recovered(dir: string, { sequence, data }: Event): Promise<readonly Warning[]> {
  const file = String(data['file'])
  const lost =
    data['ended'] === true ? 'an event that may have been recorded' : 'an event that was never recorded'
  const what = `${String(data['bytes'])} bytes of ${lost} were set aside in quarantine/${file}`
  const warning: Warning = { kind: 'recovered', sequence, what }
  const now = await digestOfQuarantined(dir, file)
  if (now === data['sha256']) return [warning]
  const changed = `quarantine/${file} ${now === undefined ? 'is gone' : 'was changed since it was set aside'}`
  return [warning, { kind: 'quarantine', sequence, what: changed }]
}

async function digestOfQuarantined(dir: string, file: string): Promise<string | undefined> {
  // The name comes from a file that may be forged.
  if (!/^[0-9-]+\.bin$/.test(file)) return undefined
  try {
    return (await digestOfFile(join(dir, 'quarantine', file))).sha256
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}
