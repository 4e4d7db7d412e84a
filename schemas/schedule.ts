import { type Static, Type } from 'typebox'
import { weekdays } from './weekdays.ts'
import { closed, Duration, FilePath, OneOf } from './words.ts'

/** When work that repeats is due; what is absent comes from the tier. */
export const Recurring = closed(
  {
    off: Type.Optional(Type.Boolean({ description: 'true: not by a timer' })),
    days: Type.Optional(
      Type.Array(OneOf([...weekdays], 'Day on which it is due'), {
        minItems: 1,
        uniqueItems: true,
        description: 'Days on which it is due, as a list',
      }),
    ),
    times: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$',
          description: 'Wall clock, HH:MM or HH:MM:SS from 00:00 to 23:59:59',
        }),
        { minItems: 1, maxItems: 48, uniqueItems: true, description: 'Times of each such day, as a list' },
      ),
    ),
    timeZone: Type.Optional(Type.String({ description: "IANA zone; the estate's when absent" })),
  },
  { description: 'When it is due; what is absent comes from the tier' },
)
export type Recurring = Static<typeof Recurring>

function byTier(description: string) {
  // Not an object with a key for each tier: that is three times the same in the published schema.
  const propertyNames = OneOf(['core', 'office', 'data'], 'Name of a tier')
  return Type.Optional(Type.Record(Type.String(), Recurring, { propertyNames, description }))
}

/** What timers of the controller start, and when. */
export const Schedules = closed(
  {
    patrol: byTier('When the systems of a tier are inspected'),
    cleanup: byTier('When the systems of a tier are cleaned up, where they have rules'),
    resume: Type.Optional(
      closed(
        {
          off: Type.Optional(Type.Boolean({ description: 'true: not by a timer' })),
          every: Type.Optional(Duration('From the end of one to the start of the next')),
        },
        { description: 'How often rollouts are gone on with' },
      ),
    ),
    spread: Type.Optional(
      Duration('The starts of the same work on several systems are spread evenly over this time'),
    ),
    user: Type.Optional(
      Type.String({
        pattern: '^[a-z_][a-z0-9_-]{0,30}$',
        description: 'User of the controller that it runs as; root when absent',
      }),
    ),
    environment: Type.Optional(
      FilePath('File of NAME=value lines for it, from the estate file: secrets by env, SSH_AUTH_SOCK'),
    ),
    metrics: Type.Optional(
      FilePath(
        "Directory of the textfile collector of this controller's node exporter, from the estate file: inspections leave their metrics there",
      ),
    ),
  },
  { description: 'What timers of the controller start (upkeep schedule install), and when' },
)
export type Schedules = Static<typeof Schedules>
