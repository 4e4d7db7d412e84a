import { type Static, Type } from 'typebox'
import { instant, message } from './message.ts'
import { PatrolMemory } from './patrol-memory.ts'
import { patrolItems } from './patrol.ts'
import { Problem } from './problem-shape.ts'
import { OneOf } from './words.ts'

const level = OneOf(['ok', 'warning', 'unknown', 'critical'], 'From good to bad; unknown may be critical')
const number = (description: string) => Type.Union([Type.Number(), Type.Null()], { description })

const finding = {
  host: Type.String(),
  item: OneOf(
    [...patrolItems, 'reach', 'inspection'],
    'What it is about; reach: the host could not be asked; inspection: inspections of the system were missed',
  ),
  of: Type.String({ description: 'Name of the disk, service, ...; empty where a host has one' }),
  level: OneOf(['warning', 'unknown', 'critical'], 'From good to bad'),
  value: number('null where it could not be measured'),
  said: Type.String(),
  since: instant('The first inspection that saw it'),
  state: OneOf(['new', 'open', 'closed'], 'Against the last inspection'),
  looked: Type.Boolean({ description: 'false: this inspection could not look again, so it stays as it was' }),
  goneSince: Type.Optional(instant('The first inspection to which the host did not show it any more')),
}

/** What is kept of the last inspection of a system: its open findings, and counters that the next one goes on from. */
export const PatrolKept = Type.Object(
  {
    schemaVersion: Type.Literal(1),
    system: Type.String(),
    time: instant('When it began'),
    hosts: Type.Record(Type.String(), PatrolMemory),
    findings: Type.Array(Type.Object(finding, { additionalProperties: false })),
  },
  {
    additionalProperties: false,
    title: 'Upkeep patrol',
    description: 'What the last inspection of a system found',
  },
)
export type PatrolKept = Static<typeof PatrolKept>

const figure = Type.Object({
  item: OneOf([...patrolItems], 'What was looked at'),
  of: Type.String(),
  state: OneOf(['seen', 'unknown', 'absent'], 'absent: the host does not have or show it'),
  level: Type.Union([level, Type.Null()], { description: 'null: no limit was held against it' }),
  value: number('In `unit`'),
  unit: Type.String(),
  side: OneOf(['most', 'least'], 'most: beyond is more than the limit; least: less than it'),
  warning: Type.Number(),
  critical: number('null: never more than a warning'),
  said: Type.String(),
})

const dayOrNull = (description: string) =>
  Type.Union([Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' }), Type.Null()], { description })

const forecast = Type.Object({
  item: OneOf([...patrolItems], 'What fills up'),
  of: Type.String(),
  value: Type.Number({ description: 'Worst of today, in `unit`' }),
  unit: Type.String(),
  line: Type.Number({ description: 'The limit that is next' }),
  level: OneOf(['warning', 'critical'], 'What is beyond that line'),
  points: Type.Integer({ minimum: 0, description: 'Days with a value that it rests on' }),
  state: OneOf(['crosses', 'none'], 'none: the data carry no forecast'),
  why: Type.Union(
    [
      OneOf(
        ['few', 'step', 'flat', 'noise', 'away', 'far', 'crossed'],
        'few: days; step: a clean-up or the like lately; noise: wider than the trend; away: from the line; far: beyond what can be said; crossed: no line is left',
      ),
      Type.Null(),
    ],
    { description: 'Why there is none' },
  ),
  day: dayOrNull('When it crosses the line, in UTC'),
  earliest: dayOrNull('Begin of the band, which holds 8 of 10'),
  latest: dayOrNull('End of the band; null: further than can be said'),
  perDay: number('How it moves, in `unit` a day'),
})

/** `upkeep patrol --json`. */
export const PatrolOutput = message(
  'patrol',
  {
    level,
    time: instant('When the inspection began'),
    systems: Type.Array(
      Type.Object({
        system: Type.String(),
        tier: OneOf(['core', 'office', 'data'], 'Of the system'),
        owner: Type.String({ description: 'Contact that answers for the system' }),
        level,
        lastTime: Type.Union([instant('The inspection before'), Type.Null()]),
        hosts: Type.Array(
          Type.Object({
            host: Type.String(),
            level,
            scope: OneOf(['host', 'cgroup', 'unknown'], 'Whose processor and memory: cgroup is a container'),
            uptimeS: number('Seconds since the boot'),
            figures: Type.Array(figure, { description: 'Empty where the host could not be asked' }),
            forecasts: Type.Array(forecast, { description: 'Of figures that fill up' }),
            problems: Type.Array(Problem, { description: 'Why it could not be asked' }),
          }),
        ),
        functions: Type.Array(
          Type.Object({
            ring: OneOf(['test', 'production'], 'Whose probes'),
            level,
            figures: Type.Array(figure),
          }),
          {
            description:
              'What is exercised from the controller: business functions, and certificates that are served',
          },
        ),
        findings: Type.Array(Type.Object(finding), { description: 'Worst first; closed ones last' }),
        problems: Type.Array(Problem, { description: 'Trouble with what was kept of the last inspection' }),
      }),
    ),
  },
  'What an inspection found',
)
export type PatrolOutput = Static<typeof PatrolOutput>
