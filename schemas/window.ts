import { type Static, Type } from 'typebox'
import { weekdays } from './weekdays.ts'
import { closed, Duration, Line, Name, OneOf } from './words.ts'

/** A recurring span in which work may start, in a named time zone. */
export const Window = closed(
  {
    days: Type.Array(OneOf([...weekdays], 'Day on which it opens'), {
      minItems: 1,
      uniqueItems: true,
      description: 'Days on which it opens, as a list',
    }),
    start: Type.String({
      pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
      description: 'Wall clock, HH:MM from 00:00 to 23:59',
    }),
    duration: Duration('Elapsed time from start to end; may pass midnight'),
    cutoff: Type.Optional(Duration('No host starts later than this before the end')),
    timeZone: Type.Optional(Type.String({ description: "IANA zone; the estate's when absent" })),
  },
  { description: 'A recurring span in which work may start' },
)
export type Window = Static<typeof Window>

const date = '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2})?)?$'

/** A span in which nothing starts. */
export const Freeze = closed(
  {
    name: Line('What it is called in messages'),
    from: Type.String({
      pattern: date,
      description: 'Wall clock in timeZone: YYYY-MM-DD or YYYY-MM-DDTHH:MM',
    }),
    to: Type.String({
      pattern: date,
      description: 'YYYY-MM-DD, that day included, or YYYY-MM-DDTHH:MM, that minute not included',
    }),
    timeZone: Type.Optional(Type.String({ description: "IANA zone; the estate's when absent" })),
    systems: Type.Optional(
      Type.Array(Name('Name of an entry in systems'), {
        minItems: 1,
        description: 'Systems that it holds for; all when absent',
      }),
    ),
  },
  { description: 'A span in which nothing starts' },
)
export type Freeze = Static<typeof Freeze>
