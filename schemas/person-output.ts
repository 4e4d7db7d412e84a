import { Type } from 'typebox'
import { message } from './message.ts'
import { OneOf } from './words.ts'

const by = Type.String({ description: 'user@controller, as they say' })
const reason = Type.String()

/** `upkeep stop --json`, after the lines of what was finished or undone. */
export const StopOutput = message(
  'stop',
  {
    rollouts: Type.Array(Type.String(), { description: 'Those that start no more hosts' }),
    by,
    reason,
    end: Type.Boolean({ description: 'And are ended' }),
    taken: OneOf(['journalled', 'left for the controller at work'], 'Who hears it'),
  },
  'A person asked to start no more hosts',
)

/** `upkeep settle --json`; `as`, `reason` and `by` are null when it was only looked at. */
export const SettleOutput = message(
  'settle',
  {
    rollout: Type.String(),
    host: Type.String(),
    as: Type.Union([OneOf(['done', 'undone'], 'What the person says'), Type.Null()]),
    reason: Type.Union([reason, Type.Null()]),
    by: Type.Union([by, Type.Null()]),
    known: Type.Object({
      was: OneOf(['unknown', 'stuck'], 'unknown: how a step ended; stuck: neither patched nor undone'),
      why: Type.String(),
      step: Type.Union([Type.String({ description: 'Whose end nobody knows' }), Type.Null()]),
      phase: OneOf(['waiting', 'forward', 'back', 'ended'], 'Where it stood'),
      walked: Type.Integer({ minimum: 0 }),
      steps: Type.Integer({ minimum: 0 }),
      changed: Type.Boolean({ description: 'Something was changed, or may have been' }),
      closed: Type.Boolean({ description: 'Traffic was taken away and not given back' }),
      snapshot: Type.Boolean({ description: 'A snapshot is held' }),
      wayBack: OneOf(['untouched', 'snapshot', 'packages'], 'The way back that loses nothing'),
      rehearsed: Type.Boolean({ description: 'On a test host of the same roles' }),
      left: Type.Array(Type.String(), { description: 'Steps that give back or tidy up, not walked' }),
    }),
  },
  'What is known of an unknown or stuck host, and what a person says it is',
)

/** `upkeep patch reviewed --json`. */
export const ReviewedOutput = message(
  'reviewed',
  { rollout: Type.String(), by, reason },
  'Another person has reviewed a shortened soak',
)
