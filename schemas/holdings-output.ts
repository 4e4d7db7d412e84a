import { Type } from 'typebox'
import { instant, message, orNull } from './message.ts'
import { Problem } from './problem-shape.ts'
import { OneOf } from './words.ts'

const sum = { files: Type.Integer({ minimum: 0 }), bytes: Type.Integer({ minimum: 0 }) }

/** What Upkeep holds for an estate: part of `patch status` and `patch expire --json`. */
export const holdingsFields = {
  held: Type.Array(
    Type.Object({
      what: OneOf(['snapshot', 'leftovers'], 'leftovers: files of a rollout on the host'),
      host: Type.String(),
      name: Type.String({ description: 'Of the snapshot, or of the rollout' }),
      rollout: Type.String(),
      bytes: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
        description: 'What would be free again; null: not known without asking the host',
      }),
      takenTime: orNull(instant('When the snapshot was taken')),
      expiresTime: orNull(instant('null: the rollout, or a way back that is offered, may need it')),
      expired: Type.Boolean({ description: 'The next expiry removes it' }),
    }),
    { description: 'By the journal, of Upkeep only' },
  ),
  store: Type.Object({ ...sum, expired: Type.Object(sum) }, { description: 'The content store' }),
}

/** `upkeep patch expire --json`: what is held, afterwards unless it was a dry run. */
export const ExpireOutput = message(
  'expire',
  {
    dryRun: Type.Boolean(),
    problems: Type.Array(Problem, { description: 'What could not be removed' }),
    ...holdingsFields,
  },
  'What is held, and what of it has expired',
)
