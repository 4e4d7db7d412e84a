import assert from 'node:assert/strict'
import test from 'node:test'
import { durationMs } from '../../../core/duration.ts'
import type { ResolvedFreeze, ResolvedWindow } from '../../../core/estate/resolved.ts'
import { freezeSpan } from '../../../core/estate/freeze.ts'
import { windowVerdict } from '../../../core/gate/window.ts'

type Case = {
  readonly says: string
  readonly zone: string
  readonly days: ResolvedWindow['days']
  readonly start: string
  readonly duration: string
  readonly cutoff?: string
  readonly freezes?: readonly { readonly from: string; readonly to: string; readonly systems?: string[] }[]
  readonly need?: string
  /** Instant asked -> "open until END, last start LATEST" or "why, next NEXT", in UTC without seconds. */
  readonly at: Readonly<Record<string, string>>
}

const saturdayNight = { days: ['saturday'], start: '22:00', duration: '6h' } satisfies Partial<Case>

const cases: readonly Case[] = [
  {
    says: 'a night in Shanghai passes midnight and the weekday',
    zone: 'Asia/Shanghai',
    ...saturdayNight,
    need: '40m',
    at: {
      '2026-11-21T13:59': 'closed, next 2026-11-21T14:00',
      '2026-11-21T14:00': 'open until 2026-11-21T20:00, last start 2026-11-21T19:20',
      '2026-11-21T17:00': 'open until 2026-11-21T20:00, last start 2026-11-21T19:20',
      '2026-11-21T19:20': 'open until 2026-11-21T20:00, last start 2026-11-21T19:20',
      '2026-11-21T19:21': 'too-late, next 2026-11-28T14:00',
      '2026-11-21T20:00': 'closed, next 2026-11-28T14:00',
    },
  },
  {
    says: 'the cutoff counts where it is longer than what a host needs',
    zone: 'Asia/Shanghai',
    ...saturdayNight,
    cutoff: '2h',
    need: '40m',
    at: {
      '2026-11-21T18:00': 'open until 2026-11-21T20:00, last start 2026-11-21T18:00',
      '2026-11-21T18:01': 'too-late, next 2026-11-28T14:00',
    },
  },
  {
    says: 'the spring night of Berlin is an hour shorter on the wall, not in elapsed time',
    zone: 'Europe/Berlin',
    ...saturdayNight,
    at: {
      '2026-03-28T21:00': 'open until 2026-03-29T03:00, last start 2026-03-29T02:59',
      '2026-03-29T02:59': 'open until 2026-03-29T03:00, last start 2026-03-29T02:59',
      '2026-03-29T03:00': 'closed, next 2026-04-04T20:00',
    },
  },
  {
    says: 'a start that the spring night leaves out is the jump of the clocks',
    zone: 'Europe/Berlin',
    days: ['sunday'],
    start: '02:30',
    duration: '2h',
    at: {
      '2026-03-29T00:59': 'closed, next 2026-03-29T01:00',
      '2026-03-29T01:00': 'open until 2026-03-29T03:00, last start 2026-03-29T02:59',
      '2026-03-29T03:00': 'closed, next 2026-04-05T00:30',
    },
  },
  {
    says: 'a start that the autumn night shows twice is the first of the two, and opens once',
    zone: 'Europe/Berlin',
    days: ['sunday'],
    start: '02:30',
    duration: '30m',
    at: {
      '2026-10-25T00:29': 'closed, next 2026-10-25T00:30',
      '2026-10-25T00:30': 'open until 2026-10-25T01:00, last start 2026-10-25T00:59',
      '2026-10-25T01:30': 'closed, next 2026-11-01T01:30',
    },
  },
  {
    says: 'New York, spring: over midnight into the night that leaves an hour out',
    zone: 'America/New_York',
    ...saturdayNight,
    at: {
      '2026-03-08T03:00': 'open until 2026-03-08T09:00, last start 2026-03-08T08:59',
      '2026-03-08T09:00': 'closed, next 2026-03-15T02:00',
    },
  },
  {
    says: 'New York, autumn: a start at 01:30 is the first 01:30',
    zone: 'America/New_York',
    days: ['sunday'],
    start: '01:30',
    duration: '3h',
    at: {
      '2026-11-01T05:29': 'closed, next 2026-11-01T05:30',
      '2026-11-01T06:30': 'open until 2026-11-01T08:30, last start 2026-11-01T08:29',
      '2026-11-01T08:30': 'closed, next 2026-11-08T06:30',
    },
  },
  {
    says: 'Lord Howe moves by half an hour',
    zone: 'Australia/Lord_Howe',
    days: ['sunday'],
    start: '02:15',
    duration: '1h',
    at: {
      '2026-10-03T15:29': 'closed, next 2026-10-03T15:30',
      '2026-10-03T15:30': 'open until 2026-10-03T16:30, last start 2026-10-03T16:29',
      '2026-10-03T16:30': 'closed, next 2026-10-10T15:15',
    },
  },
  // Fault 27, people: a freeze begins inside the window. Outcome: no host starts that would run into it.
  {
    says: 'a freeze that begins inside the window: nothing starts that would run into it',
    zone: 'Asia/Shanghai',
    ...saturdayNight,
    need: '1h',
    freezes: [{ from: '2026-11-22', to: '2026-11-22T01:00' }],
    at: {
      '2026-11-21T14:30': 'open until 2026-11-21T16:00, last start 2026-11-21T15:00',
      '2026-11-21T15:01': 'too-late, next 2026-11-21T17:00',
      '2026-11-21T16:00': 'freeze, next 2026-11-21T17:00',
      '2026-11-21T17:00': 'open until 2026-11-21T20:00, last start 2026-11-21T19:00',
    },
  },
  {
    says: 'a bare date at the end of a freeze is frozen too',
    zone: 'Asia/Shanghai',
    days: ['saturday', 'sunday'],
    start: '22:00',
    duration: '2h',
    freezes: [{ from: '2026-11-21', to: '2026-11-21' }],
    at: { '2026-11-21T14:30': 'freeze, next 2026-11-22T14:00' },
  },
  {
    says: 'the freeze of another system does not count',
    zone: 'Asia/Shanghai',
    ...saturdayNight,
    freezes: [{ from: '2026-11-01', to: '2026-11-30', systems: ['oa'] }],
    at: { '2026-11-21T14:30': 'open until 2026-11-21T20:00, last start 2026-11-21T19:59' },
  },
  {
    says: 'what needs longer than the window never starts, and that is said',
    zone: 'Asia/Shanghai',
    ...saturdayNight,
    need: '7h',
    at: { '2026-11-21T14:30': 'too-short, next never', '2026-11-21T12:00': 'closed, next never' },
  },
  {
    says: 'a freeze of months: no start within 60 days',
    zone: 'UTC',
    ...saturdayNight,
    freezes: [{ from: '2026-11-01', to: '2027-03-01' }],
    at: { '2026-11-21T14:30': 'freeze, next never' },
  },
  {
    says: 'days that follow one another without a gap are one window',
    zone: 'UTC',
    days: ['saturday', 'sunday'],
    start: '00:00',
    duration: '1d',
    need: '2h',
    at: { '2026-11-21T23:30': 'open until 2026-11-23T00:00, last start 2026-11-22T22:00' },
  },
]

for (const { says, at, need = '0s', ...rest } of cases) {
  for (const [instant, expected] of Object.entries(at)) {
    test(`${says}: ${instant}`, () => {
      const verdict = windowVerdict({
        window: windowOf(rest),
        freezes: freezesOf(rest),
        system: 'erp',
        nowMs: Date.parse(`${instant}Z`),
        needMs: durationMs(need),
      })
      const found = verdict.open
        ? `open until ${utc(verdict.endsMs)}, last start ${utc(verdict.latestStartMs)}`
        : `${verdict.why}, next ${verdict.nextOpenMs === null ? 'never' : utc(verdict.nextOpenMs)}`
      assert.equal(found, expected)
    })
  }
}

test('a system without window never opens', () => {
  const verdict = windowVerdict({ window: undefined, freezes: [], system: 'erp', nowMs: 0, needMs: 0 })
  assert.deepEqual(verdict, { open: false, why: 'no-window', nextOpenMs: null, text: 'erp has no window.' })
})

test('the text says what to a person, in the zone of the window', () => {
  const { zone, ...night } = { zone: 'Asia/Shanghai', ...saturdayNight }
  const ask = (instant: string, needMs: number) =>
    windowVerdict({
      window: windowOf({ zone, ...night }),
      freezes: freezesOf({ zone, freezes: [{ from: '2026-11-28', to: '2026-11-28' }] }),
      system: 'erp',
      nowMs: Date.parse(instant),
      needMs,
    }).text
  const next = 'The next start is possible Sun 2026-11-29 00:00 (Asia/Shanghai).'
  assert.equal(ask('2026-11-22T00:00Z', 0), `Window "night" is closed. ${next}`)
  assert.equal(
    ask('2026-11-28T00:00Z', 0),
    `The freeze "freeze 1" lasts until Sun 2026-11-29 00:00 (Asia/Shanghai). ${next}`,
  )
  assert.equal(
    ask('2026-11-21T19:30Z', 3_600_000),
    `The window "night" ends Sun 2026-11-22 04:00 (Asia/Shanghai), and a host may start until Sun 2026-11-22 03:00 (Asia/Shanghai) at the latest. ${next}`,
  )
  assert.equal(
    ask('2026-11-21T19:30Z', 25_200_000),
    'The window "night" ends Sun 2026-11-22 04:00 (Asia/Shanghai), and a host needs 7 h, more than the 6 h before it. No start is possible in the next 60 days; a host needs 7 h.',
  )
})

function windowOf({ zone, days, start, duration, cutoff = '0s' }: Omit<Case, 'says' | 'at'>): ResolvedWindow {
  const startMs = durationMs(`${start.slice(0, 2)}h${start.slice(3)}m`)
  return {
    name: 'night',
    days,
    startMs,
    durationMs: durationMs(duration),
    cutoffMs: durationMs(cutoff),
    timeZone: zone,
  }
}

function freezesOf({ zone, freezes = [] }: Pick<Case, 'zone' | 'freezes'>): readonly ResolvedFreeze[] {
  return freezes.map((freeze, index) => {
    const name = `freeze ${index + 1}`
    const { systems } = freeze
    return { name, ...freezeSpan({ name, ...freeze }, zone), ...(systems === undefined ? {} : { systems }) }
  })
}

function utc(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16)
}
