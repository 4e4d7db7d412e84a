import { Type } from 'typebox'
import { holdingsFields } from './holdings-output.ts'
import { instant, message, orNull } from './message.ts'
import { Problem } from './problem-shape.ts'
import { OneOf } from './words.ts'

const Outcome = OneOf(
  ['done', 'unchanged', 'failed', 'undone', 'stuck', 'unknown'],
  'How it ended; unknown until a fact settles it',
)
const Ring = OneOf(['test', 'production'], 'Ring of the host')
const RolloutOutcome = Type.Union([OneOf(['done', 'stopped', 'rolled-back'], 'How it ended'), Type.Null()])
const Conffiles = Type.Array(
  Type.Object({
    path: Type.String({ description: 'Kept as the admin made it' }),
    beside: Type.String({ description: "The package's own" }),
    difference: Type.Union([Type.Array(Type.String()), Type.Null()], {
      description: 'Unified diff from the one to the other, its beginning; null: not readable for everybody',
    }),
  }),
  { description: 'Configuration files for a person to merge' },
)
const ByHand = Type.Array(Type.String(), {
  description: 'For a stuck host: what is known, and the commands for a person, line by line',
})
const MovesSchemas = Type.Array(
  Type.Object({ host: Type.String(), database: Type.String({ description: 'As the engine names it' }) }),
  { description: 'Databases whose schema the patch of a test host has moved' },
)
const RolloutStatus = OneOf(['new', 'running', 'ended'], 'running: begun and not over, also between two runs')

/** `upkeep patch status --json`. */
export const StatusOutput = message(
  'status',
  {
    controller: Type.Union([
      Type.Object({ host: Type.String(), pid: Type.Integer(), user: Type.String() }),
      Type.Null(),
    ]),
    ...holdingsFields,
    heads: Type.Array(
      Type.Object({
        place: Type.String(),
        sequence: Type.Integer({ description: 'The event that the head is of' }),
        time: instant('UTC'),
        sent: Type.Union([Type.Boolean(), Type.Null()], { description: 'null: no outcome is recorded' }),
        said: Type.String(),
      }),
      {
        description: 'What became of the newest head of the journal at each place; empty when none was made',
      },
    ),
    rollouts: Type.Array(
      Type.Object({
        rollout: Type.String(),
        system: Type.String(),
        status: RolloutStatus,
        outcome: RolloutOutcome,
        said: Type.String(),
        reason: Type.String(),
        by: Type.String(),
        nextTime: orNull(instant('When `upkeep resume` has something to do')),
        stop: Type.Union([
          Type.Object({ by: Type.String(), reason: Type.String(), end: Type.Boolean() }),
          Type.Null(),
        ]),
        stopAsked: Type.Boolean({
          description: 'A person asked to stop it, and no controller has heard it yet',
        }),
        shortened: Type.Union(
          [
            Type.Object({
              by: Type.String(),
              reason: Type.String(),
              reviewed: Type.Union([Type.Object({ by: Type.String(), reason: Type.String() }), Type.Null()]),
            }),
            Type.Null(),
          ],
          { description: 'A person ended the soak early; without a review by another it is an open item' },
        ),
        heldSnapshots: Type.Array(Type.Object({ host: Type.String(), snapshot: Type.String() }), {
          description: 'Snapshots that the rollout took and did not remove; `held` has their bytes and dates',
        }),
        expired: Type.Array(
          Type.Object({
            host: Type.String(),
            what: OneOf(['snapshot', 'leftovers'], 'leftovers: what the old packages need'),
            since: instant('UTC'),
          }),
          { description: 'Ways back that are offered no more' },
        ),
        movesSchemas: MovesSchemas,
        hosts: Type.Array(
          Type.Object({
            host: Type.String(),
            ring: Ring,
            phase: OneOf(['waiting', 'forward', 'back', 'ended'], 'Where it stands'),
            outcome: Type.Union([Outcome, Type.Null()]),
            running: orNull(Type.String({ description: 'Step that was announced and has no outcome yet' })),
            said: Type.String(),
            byHand: ByHand,
          }),
        ),
      }),
    ),
    unreadable: Type.Array(
      Type.Object({ rollout: Type.String(), system: Type.String(), problems: Type.Array(Problem) }),
      { description: 'Rollouts whose kept plan can not be read: how they stand is not known' },
    ),
  },
  'Where rollouts stand',
)

/** A line of `patch run`, `resume` and `rollback --json`: something was begun, or ended, on a host or as a whole. */
export const EventOutput = message(
  'event',
  {
    time: instant('UTC'),
    type: Type.String({ description: 'noun.verb, as in the journal' }),
    subject: Type.Optional(Type.String({ description: 'The host, or the mail' })),
    data: Type.Record(Type.String(), Type.Unknown(), { description: 'By type, as in the journal' }),
  },
  'Something happened',
)

/** The last line for each rollout of `patch run`, `resume` and `rollback --json`. */
export const SummaryOutput = message(
  'summary',
  {
    rollout: Type.String(),
    status: RolloutStatus,
    outcome: RolloutOutcome,
    said: Type.String(),
    nextTime: orNull(instant('When `upkeep resume` has something to do; null: ended, or a person must act')),
    hosts: Type.Array(
      Type.Object({
        host: Type.String(),
        ring: Ring,
        outcome: Type.Union([Outcome, Type.Null()]),
        phase: OneOf(['waiting', 'forward', 'back', 'ended'], 'Where it stands'),
        said: Type.String(),
        conffiles: Conffiles,
        byHand: ByHand,
      }),
    ),
    waits: Type.Array(
      Type.Object({
        gate: Type.String(),
        host: Type.Optional(Type.String()),
        says: Type.String(),
        untilMs: Type.Union([Type.Integer(), Type.Null()], { description: 'null: a person must act' }),
      }),
    ),
    movesSchemas: MovesSchemas,
  },
  'How a run ended',
)

/** `upkeep resume --json` when no rollout is under way. */
export const IdleOutput = message('idle', { said: Type.String() }, 'Nothing is under way')
