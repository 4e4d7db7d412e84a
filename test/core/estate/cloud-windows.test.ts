import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Cron } from 'croner'
import { CronosExpression } from 'cronosjs'
import fc from 'fast-check'
import { cronOf } from '../../../core/estate/cloud-windows.ts'
import { readEstate } from '../../../core/estate/read.ts'
import type { ResolvedWindow } from '../../../core/estate/resolved.ts'
import { resolveEstate } from '../../../core/estate/resolve.ts'
import { oddStart } from '../../../core/gate/clock-change.ts'
import { openings } from '../../../core/gate/opening.ts'
import { instantOf, wallClock } from '../../../core/gate/wall-clock.ts'
import { loadEstate } from '../../../schemas/load.ts'
import { weekdays } from '../../../schemas/weekdays.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const many = 10

/** Zones that change their clocks by an hour or half of one, at midnight or in the night, by date, or never. */
const zones = [
  'UTC',
  'Asia/Shanghai',
  'Asia/Kathmandu',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'America/Havana',
  'America/Nuuk',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
] as const

type Starts = Pick<ResolvedWindow, 'days' | 'startMs' | 'timeZone'>

/** What stands in an expression as AWS reads it: seconds to years. */
function fieldsOf(window: Starts): string {
  const fields = /^cron\((.*)\)$/.exec(cronOf(window))?.[1]
  assert.ok(fields !== undefined)
  return fields
}

const texts = (starts: readonly Date[]) => starts.map((at) => at.toISOString())

function byCroner(window: Starts, from: Date): readonly string[] {
  return texts(new Cron(fieldsOf(window), { timezone: window.timeZone }).nextRuns(many, from))
}

function byCronos(window: Starts, from: Date): readonly string[] {
  const read = CronosExpression.parse(fieldsOf(window), { timezone: window.timeZone, strict: true })
  return texts(read.nextNDates(from, many))
}

function byGate(window: ResolvedWindow, from: Date): readonly string[] {
  const asked = { window, freezes: [], system: 's', needMs: 0 }
  const fromMs = from.getTime()
  return openings(asked, fromMs, fromMs + (many + 2) * 7 * dayMs)
    .filter((opening) => opening.fromMs > fromMs)
    .slice(0, many)
    .map((opening) => new Date(opening.fromMs).toISOString())
}

const minuteMs = 60_000
const starts = fc.record({
  timeZone: fc.constantFrom(...zones),
  days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
  // Half of them about midnight and in the hours in which clocks are changed.
  startMs: fc
    .oneof(
      fc.integer({ min: 0, max: 1439 }),
      fc.constantFrom(0, 1, 30, 59, 60, 120, 150, 180, 1320, 1380, 1439),
    )
    .map((minutes) => minutes * minuteMs),
})
/** Shorter than the shortest day: spans that meet are one opening of the gate. */
const hours = fc.integer({ min: 1, max: 22 })
/** About the nights of 2026 and 2027 in which these zones change their clocks, and any time up to 2050. */
const froms = fc.oneof(
  fc.date({ min: new Date('2026-01-01'), max: new Date('2050-01-01'), noInvalidDate: true }),
  fc
    .tuple(
      fc.constantFrom('2026-03-29', '2026-10-25', '2026-11-01', '2027-03-14', '2027-04-03', '2027-04-29'),
      fc.integer({ min: 0, max: 12 * 24 * 60 }),
    )
    .map(([night, minutes]) => new Date(Date.parse(night) - minutes * minuteMs)),
)

// Fault 13, people: daylight saving begins or ends while a cloud opens windows by its own clock.
// Outcome: what AWS is told is read by two readers as the ten starts that the gate computes.
test('the next ten starts by two readers of the expression are those of the gate', () => {
  let compared = 0
  fc.assert(
    fc.property(starts, hours, froms, (start, lasts, from) => {
      fc.pre(oddStart(start) === null)
      const window = { name: 'w', ...start, durationMs: lasts * hourMs, cutoffMs: 0 }
      const gate = byGate(window, from)
      assert.equal(gate.length, many)
      assert.deepEqual(byCroner(window, from), gate)
      assert.deepEqual(byCronos(window, from), gate)
      compared += 1
    }),
    { numRuns: 400 },
  )
  assert.ok(compared >= 400)
})

test('a start of a window that never closes is inside an opening of the gate', () => {
  const window: ResolvedWindow = {
    name: 'w',
    days: [...weekdays],
    startMs: 22 * hourMs,
    durationMs: dayMs,
    cutoffMs: 0,
    timeZone: 'Europe/Berlin',
  }
  const from = new Date('2026-03-25T00:00Z')
  const asked = { window, freezes: [], system: 's', needMs: 0 }
  for (const start of byCroner(window, from)) {
    const at = Date.parse(start)
    assert.ok(
      openings(asked, at, at).some(({ fromMs, toMs }) => fromMs <= at && at < toMs),
      start,
    )
  }
})

test('of a start that clocks leave out or show twice readers think differently: that is why it is refused', () => {
  const chatham: Starts = { days: ['sunday'], startMs: 3 * hourMs, timeZone: 'Pacific/Chatham' }
  const spring = new Date('2026-09-22T00:00Z')
  assert.equal(byCroner(chatham, spring)[0], '2026-09-26T14:00:00.000Z')
  assert.equal(byCronos(chatham, spring)[0], '2026-09-26T14:15:00.000Z')
  assert.deepEqual(oddStart(chatham)?.does, 'show twice')
  const howe: Starts = { days: ['sunday'], startMs: 1.75 * hourMs, timeZone: 'Australia/Lord_Howe' }
  const autumn = new Date('2026-03-31T00:00Z')
  assert.equal(byCroner(howe, autumn)[0], '2026-04-04T14:45:00.000Z')
  assert.equal(byCronos(howe, autumn)[0], '2026-04-04T15:15:00.000Z')
  assert.deepEqual(oddStart(howe), { wall: Date.parse('2026-04-05T01:45Z'), does: 'show twice' })
})

const untilMs = Date.UTC(2029, 0, 1)

/** Days of three years one after the other, each asked how often clocks show the start. */
function oddByDays({ days, startMs, timeZone }: Starts): ReturnType<typeof oddStart> {
  for (let day = Date.UTC(2026, 0, 1); day < untilMs; day += dayMs) {
    const weekday = weekdays[(new Date(day).getUTCDay() + 6) % 7]
    if (weekday === undefined || !days.includes(weekday)) continue
    const wall = day + startMs
    const first = instantOf(wall, timeZone)
    if (wallClock(first, timeZone) !== wall) return { wall, does: 'leave out' }
    if (instantOf(wall, timeZone, 'last') !== first) return { wall, does: 'show twice' }
  }
  return null
}

test('a start that clocks leave out or show twice is found, and no other', () => {
  const found = { 'leave out': 0, 'show twice': 0, none: 0 }
  fc.assert(
    fc.property(starts, (start) => {
      const expected = oddByDays(start)
      const odd = oddStart(start)
      if (expected === null) assert.ok(odd === null || odd.wall >= untilMs)
      else assert.deepEqual(odd, expected)
      found[expected?.does ?? 'none'] += 1
    }),
    { numRuns: 60, examples: [[{ timeZone: 'Africa/Cairo', days: ['thursday'], startMs: 23.5 * hourMs }]] },
  )
  assert.ok(found.none > 0 && found['show twice'] > 0, JSON.stringify(found))
})

test('the hour in which clocks are changed is refused from its first minute, and not at its end', () => {
  const at = (day: 'sunday' | 'saturday', hoursIn: number) =>
    oddStart({ days: [day], startMs: hoursIn * hourMs, timeZone: 'Europe/Berlin' })?.does
  assert.deepEqual(
    [at('sunday', 2 - 1 / 60), at('sunday', 2), at('sunday', 3 - 1 / 60), at('sunday', 3)],
    [undefined, 'leave out', 'leave out', undefined],
  )
  assert.equal(at('saturday', 2.5), undefined)
})

test('the order in which days are written is no change of the window', () => {
  const night = { startMs: 22.5 * hourMs }
  assert.equal(cronOf({ ...night, days: ['sunday', 'monday'] }), 'cron(0 30 22 ? * MON,SUN *)')
  assert.equal(cronOf({ ...night, days: ['monday', 'sunday'] }), 'cron(0 30 22 ? * MON,SUN *)')
  assert.equal(cronOf({ startMs: 0, days: ['friday'] }), 'cron(0 0 0 ? * FRI *)')
})

test('what the check has let through wrongly is not rounded either', () => {
  const file = join(import.meta.dirname, '../../schemas/estates/invalid/cloud-window-of-half-an-hour.yaml')
  const loaded = loadEstate(file, readFileSync(file, 'utf8'))
  assert.ok(loaded.ok)
  assert.throws(() => resolveEstate(loaded.value), /no whole hours/)
})

test('each system with a window has one in the cloud, in its own zone and in whole hours', () => {
  const file = join(import.meta.dirname, '../../schemas/estates/valid/cloud-windows.yaml')
  const read = readEstate(file, readFileSync(file, 'utf8'))
  assert.ok(read.ok)
  const { windows = [], ...around } = read.value.estate.cloudWindows ?? {}
  const expected = {
    account: '123456789012',
    region: 'ap-northeast-1',
    systemTag: 'upkeep:system',
    controllerTag: 'Role',
    nudged: 'upkeep_acme_resume.service',
    windows: [
      {
        system: 'erp',
        tier: 'core',
        cron: 'cron(0 30 22 ? * SAT,SUN *)',
        timeZone: 'Asia/Shanghai',
        durationHours: 6,
        cutoffHours: 2,
      },
      {
        system: 'oa',
        tier: 'office',
        cron: 'cron(0 0 3 ? * SUN *)',
        timeZone: 'Europe/Berlin',
        durationHours: 1,
        cutoffHours: 0,
      },
    ],
  }
  // Calendars of freezes: test/stacks/windows.test.ts.
  assert.deepEqual({ ...around, windows: windows.map(({ freezes: _, ...rest }) => rest) }, expected)
})
