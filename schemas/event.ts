import { type Static, Type } from 'typebox'

const hex = (description: string) => Type.String({ pattern: '^[0-9a-f]{64}$', description })

/** One line of the journal: a CloudEvents 1.0 envelope, chained to the line before it by `previous` and `hash`. */
export const Event = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Type.String({ minLength: 1, description: 'Unique within the source: subject/sequence' }),
    source: Type.String({ minLength: 1, description: 'upkeep/<name of the estate>' }),
    type: Type.String({ minLength: 1, description: 'noun.verb; "journal." belongs to the journal itself' }),
    subject: Type.Optional(Type.String({ description: 'What it is about: a rollout, a host' })),
    time: Type.String({
      pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$',
      description: 'UTC',
    }),
    sequence: Type.Integer({ minimum: 1, description: 'Place in the journal, over all its segments' }),
    previous: hex('The hash of the event before this one; 64 zeros for the first'),
    actor: Type.String({ minLength: 1, description: 'user@controller' }),
    data: Type.Record(Type.String(), Type.Unknown(), { description: 'By type; secrets are redacted' }),
    hash: hex('SHA-256 of the canonical JSON (RFC 8785) of this event without its hash'),
  },
  { additionalProperties: false },
)
export type Event = Static<typeof Event>
