/** Something in a calendar, from `startMs` up to `endMs` (epoch ms). */
export type Entry = {
  /** The same for the same thing in each rendering, and of no other: an entry that is read again replaces the old one. */
  readonly uid: string
  readonly startMs: number
  readonly endMs: number
  readonly summary: string
  readonly description: string
}

/**
 * A calendar file (RFC 5545). Times are in UTC, which calendar programs show in the zone of their user: no definition of a
 * zone can be wrong. Nothing but the arguments decides the bytes; `stampMs` says when the entries were last changed.
 */
export function icsText(name: string, entries: readonly Entry[], stampMs: number): string {
  const head = ['PRODID:-//Upkeep//Upkeep//EN', `X-WR-CALNAME:${escaped(name)}`]
  return textOf(head, eventsOf(entries, stampMs))
}

/**
 * The content of a change calendar of AWS that is shut in its entries and open otherwise (AWS CloudFormation,
 * AWS::SSM::Document: "Create a Change Calendar document"; a calendar without entries has a task, as there).
 */
export function changeCalendarText(says: string, entries: readonly Entry[], stampMs: number): string {
  const head = [
    'PRODID:-//AWS//Change Calendar 1.0//EN',
    'X-CALENDAR-TYPE:DEFAULT_OPEN',
    `X-WR-CALDESC:${escaped(says)}`,
  ]
  const none = [
    'BEGIN:VTODO',
    'UID:none@upkeep',
    `DTSTAMP:${utc(stampMs)}`,
    'SUMMARY:There is no freeze.',
    'END:VTODO',
  ]
  return textOf(head, entries.length === 0 ? none : eventsOf(entries, stampMs))
}

function eventsOf(entries: readonly Entry[], stampMs: number): readonly string[] {
  return entries.flatMap(({ uid, startMs, endMs, summary, description }) => [
    'BEGIN:VEVENT',
    `UID:${escaped(uid)}`,
    `DTSTAMP:${utc(stampMs)}`,
    `DTSTART:${utc(startMs)}`,
    `DTEND:${utc(endMs)}`,
    `SUMMARY:${escaped(summary)}`,
    `DESCRIPTION:${escaped(description)}`,
    'END:VEVENT',
  ])
}

function textOf(head: readonly string[], body: readonly string[]): string {
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', ...head, ...body, 'END:VCALENDAR']
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

/** `20261126T080000Z` */
function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** A TEXT value: ends of lines are written as `\n`, and what may not stand in one (control characters but the tab) is a blank. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\\;,]/g, (found) => `\\${found}`)
    .replaceAll(/\r\n|\r|\n/g, '\\n')
    .replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, ' ')
}

/** At most 75 octets a line, its end not counted; the rest on lines that begin with a blank. No character is cut in two. */
function folded(line: string): string {
  let text = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > 75) {
      text += '\r\n '
      octets = 1
    }
    text += character
    octets += size
  }
  return text
}
