import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { instantOf, instantText, isTimeZone, wallClock, wallOf } from '../../../core/gate/wall-clock.ts'

const zones = [
  'UTC',
  'Asia/Shanghai',
  'Asia/Kathmandu',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Nuuk',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Pacific/Kiritimati',
]

const readings = [
  // an hour that does not exist: the instant at which clocks jump over it
  ['2026-03-29T02:30', 'Europe/Berlin', 'first', '2026-03-29T01:00Z'],
  ['2026-03-08T02:30', 'America/New_York', 'first', '2026-03-08T07:00Z'],
  ['2026-10-04T02:15', 'Australia/Lord_Howe', 'first', '2026-10-03T15:30Z'],
  // an hour that clocks show twice
  ['2026-10-25T02:30', 'Europe/Berlin', 'first', '2026-10-25T00:30Z'],
  ['2026-10-25T02:30', 'Europe/Berlin', 'last', '2026-10-25T01:30Z'],
  ['2026-11-01T01:30', 'America/New_York', 'first', '2026-11-01T05:30Z'],
  ['2026-11-01T01:30', 'America/New_York', 'last', '2026-11-01T06:30Z'],
  ['2026-04-05T01:45', 'Australia/Lord_Howe', 'first', '2026-04-04T14:45Z'],
  ['2026-04-05T01:45', 'Australia/Lord_Howe', 'last', '2026-04-04T15:15Z'],
  // clocks jump from 23:00 to midnight
  ['2026-03-28T23:30', 'America/Nuuk', 'first', '2026-03-29T01:00Z'],
  // a whole day that does not exist
  ['2011-12-30T22:00', 'Pacific/Apia', 'first', '2011-12-30T10:00Z'],
  ['2026-11-21T22:00', 'Asia/Shanghai', 'first', '2026-11-21T14:00Z'],
] as const

for (const [text, zone, which, instant] of readings) {
  // Fault 13, people: daylight saving begins or ends in a window. Outcome: the instant is that of the named zone.
  test(`${text} in ${zone}, the ${which}, is ${instant}`, () => {
    const found = instantOf(wallOf(text) ?? NaN, zone, which)
    assert.equal(new Date(found).toISOString(), new Date(instant).toISOString())
  })
}

test('instantOf gives the first instant that reads the wanted time or later', () => {
  const from = Date.UTC(2026, 0, 1)
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 365 * 24 * 60 }), (zone, minute) => {
      const wall = from + minute * 60_000
      const instant = instantOf(wall, zone)
      assert.ok(wallClock(instant, zone) >= wall)
      // 3 hours back is beyond every change of clocks there is, but that of Apia in 2011
      for (let before = 1; before <= 180; before++) {
        assert.ok(wallClock(instant - before * 60_000, zone) < wall, `${before} minutes before`)
      }
    }),
    { numRuns: 300 },
  )
})

test('a reading that exists comes back', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 1.6e9, max: 2.2e9 }), (zone, seconds) => {
      const wall = wallClock(seconds * 1000, zone)
      assert.equal(wallClock(instantOf(wall, zone), zone), wall)
      assert.ok(instantOf(wall, zone) <= seconds * 1000)
      assert.ok(instantOf(wall, zone, 'last') >= seconds * 1000)
    }),
  )
})

test('days and times that do not exist are not read', () => {
  for (const text of ['2026-02-30', '2026-13-01', '2026-01-01T24:00', '2026-01-01T12:60', '2025-02-29']) {
    assert.equal(wallOf(text), undefined, text)
  }
  assert.equal(wallOf('2028-02-29'), Date.UTC(2028, 1, 29))
  assert.equal(wallOf('2026-01-01T12:30:05'), Date.UTC(2026, 0, 1, 12, 30, 5))
})

test('zones are those of the IANA database', () => {
  for (const zone of zones) assert.ok(isTimeZone(zone), zone)
  for (const zone of ['Asia/Shangai', '+08:00', 'CST', '', 'constructor']) assert.ok(!isTimeZone(zone), zone)
})

test('an instant is shown with weekday, wall clock and zone', () => {
  assert.equal(
    instantText(Date.parse('2026-11-21T14:00Z'), 'Asia/Shanghai'),
    'Sat 2026-11-21 22:00 (Asia/Shanghai)',
  )
  assert.equal(instantText(Date.parse('2026-11-21T14:00:05Z'), 'UTC'), 'Sat 2026-11-21 14:00:05 (UTC)')
})
