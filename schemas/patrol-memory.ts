import { type Static, Type } from 'typebox'
import { instant } from './message.ts'

const whole = Type.Integer({ minimum: 0 })
const name = Type.String({ maxLength: 300 })

/** Where the reading of a log ended: file, its number on the disk, and the byte. */
const LogPlace = Type.Object(
  { path: name, inode: Type.String({ pattern: '^[0-9]{1,20}$' }), offset: whole },
  { additionalProperties: false },
)

const engine = {
  slow: Type.Optional(
    Type.Array(Type.Object({ time: instant('An inspection'), count: whole }), {
      maxItems: 100,
      description: 'Slow queries that each inspection of the last day counted',
    }),
  ),
  reset: Type.Optional(Type.Union([name, Type.Null()])),
  statements: Type.Optional(
    Type.Record(Type.String({ pattern: '^-?[0-9]{1,20}$' }), Type.Tuple([Type.Number(), Type.Number()]), {
      description: 'Calls and their milliseconds by statement, of those that took the most',
    }),
  ),
  log: Type.Optional(LogPlace),
  counter: Type.Optional(
    Type.Object(
      { slow: whole, startedS: whole },
      { description: 'Of MariaDB: slow queries since its start' },
    ),
  ),
}

/** What an inspection of a host keeps for the next one: counters and readings that it goes on from. */
export const PatrolMemory = Type.Object(
  {
    bootId: Type.Union([Type.String({ maxLength: 36 }), Type.Null()]),
    oomKills: Type.Union([whole, Type.Null()]),
    writable: Type.Optional(
      Type.Record(name, instant('When it last was'), { description: 'Mounts that could be written to' }),
    ),
    updates: Type.Optional(
      Type.Record(name, instant('When it was first seen'), { description: 'Pending security updates' }),
    ),
    logins: Type.Optional(
      Type.Object(
        {
          untilS: whole,
          addresses: Type.Record(name, Type.Array(Type.String({ maxLength: 60 }), { maxItems: 30 })),
        },
        { additionalProperties: false, description: 'Up to which second, and whence users logged in' },
      ),
    ),
    history: Type.Optional(
      Type.Record(
        Type.String({ maxLength: 150 }),
        Type.Array(Type.Tuple([whole, Type.Number()]), { maxItems: 90 }),
        { maxProperties: 24, description: 'Worst values by day since 1970, of figures that fill up' },
      ),
    ),
    engines: Type.Optional(
      Type.Record(Type.String({ maxLength: 120 }), Type.Object(engine, { additionalProperties: false })),
    ),
  },
  { additionalProperties: false },
)
export type PatrolMemory = Static<typeof PatrolMemory>
