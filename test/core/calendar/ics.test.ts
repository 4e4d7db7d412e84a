import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import ICAL from 'ical.js'
import { changeCalendarText, type Entry, icsText } from '../../../core/calendar/ics.ts'

const stampMs = Date.parse('2026-01-01T00:00Z')
const entry: Entry = {
  uid: 'plan-2026-03@example',
  startMs: Date.parse('2026-03-29T00:30Z'),
  endMs: Date.parse('2026-03-29T01:30Z'),
  summary: 'Monthly checklist',
  description: 'Log analysis',
}

function read(text: string): readonly Entry[] {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[])
  return calendar.getAllSubcomponents('vevent').map((component) => {
    const { uid, startDate, endDate, summary, description } = new ICAL.Event(component)
    const [startMs, endMs] = [startDate.toJSDate().getTime(), endDate.toJSDate().getTime()]
    return { uid, startMs, endMs, summary, description }
  })
}

test('another reader finds in a calendar file what was written', () => {
  assert.deepEqual(read(icsText('Plan', [entry], stampMs)), [entry])
})

test('any text comes back, on lines of at most 75 octets that cut no character', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 200 })
  const mixed = fc.array(fc.oneof(word, fc.constantFrom('\\', ';', ',', '\n', '\\n', '年度计划', '🔧')))
  // No control characters: those are blanks in the file. Readers may trim nothing.
  const text = mixed.map((parts) => parts.join('').replaceAll(/[\x00-\x09\x0b-\x1f\x7f]/g, ''))
  fc.assert(
    fc.property(text, text, (summary, description) => {
      const one = { ...entry, summary: `x${summary}`, description: `x${description}` }
      const said = icsText('Plan', [one], stampMs)
      assert.deepEqual(read(said), [one])
      for (const line of said.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, line)
      assert.ok(!said.includes('\ufffd') || `${summary}${description}`.includes('\ufffd'))
    }),
  )
})

test('a hostile name adds no line, no entry and no property', () => {
  for (const end of ['\r\n', '\n', '\r', '\u0085', '\u2028', '\v', '\f']) {
    const summary = `erp${end}END:VEVENT${end}BEGIN:VEVENT${end}ATTENDEE:mailto:x@example`
    const said = icsText(`n${end}METHOD:CANCEL`, [{ ...entry, summary, uid: `u${end}X:1` }], stampMs)
    assert.equal(read(said).length, 1)
    assert.doesNotMatch(said, /[\r\n](METHOD|ATTENDEE|X):/)
  }
})

test('the same plan is the same bytes', () => {
  const expected = [
    ...[
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Upkeep//Upkeep//EN',
      'X-WR-CALNAME:Plan',
      'BEGIN:VEVENT',
    ],
    ...['UID:plan-2026-03@example', 'DTSTAMP:20260101T000000Z', 'DTSTART:20260329T003000Z'],
    ...['DTEND:20260329T013000Z', 'SUMMARY:Monthly checklist', 'DESCRIPTION:Log analysis', 'END:VEVENT'],
    ...['END:VCALENDAR', ''],
  ]
  assert.equal(icsText('Plan', [entry], stampMs), expected.join('\r\n'))
})

test('a change calendar is open but for its entries, which another reader finds', () => {
  const said = changeCalendarText('Freezes of erp', [entry], stampMs)
  assert.deepEqual(read(said), [entry])
  const calendar = new ICAL.Component(ICAL.parse(said) as unknown[])
  assert.equal(calendar.getFirstPropertyValue('x-calendar-type'), 'DEFAULT_OPEN')
  assert.equal(calendar.getFirstPropertyValue('prodid'), '-//AWS//Change Calendar 1.0//EN')
  assert.equal(calendar.getFirstPropertyValue('x-wr-caldesc'), 'Freezes of erp')
})

test('a change calendar without entries has a task, without which it would be no calendar', () => {
  const said = changeCalendarText('Freezes of erp', [], stampMs)
  assert.deepEqual(read(said), [])
  assert.equal(new ICAL.Component(ICAL.parse(said) as unknown[]).getAllSubcomponents('vtodo').length, 1)
})
