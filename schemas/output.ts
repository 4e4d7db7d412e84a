import { type Static, Type } from 'typebox'
import { CalendarOutput } from './calendar-output.ts'
import { CleanupOutput, CleanupUndoOutput } from './cleanup-output.ts'
import { Head } from './head.ts'
import { ExpireOutput } from './holdings-output.ts'
import { instant, message } from './message.ts'
import { PatrolOutput } from './patrol-output.ts'
import { ReviewedOutput, SettleOutput, StopOutput } from './person-output.ts'
import { Problem } from './problem-shape.ts'
import { EventOutput, IdleOutput, StatusOutput, SummaryOutput } from './rollout-output.ts'
import { ScheduleOutput } from './schedule-output.ts'
import { StackOutput, StackPolicyOutput } from './stack-output.ts'
import { OneOf } from './words.ts'

/** Every verb, when it can not do what it was told: the exit code's name and what stands in the way. */
const ProblemsOutput = message(
  'problems',
  { exit: Type.String({ description: 'Name of the exit code' }), problems: Type.Array(Problem) },
  'What stands in the way; nothing else was done',
)

/** `upkeep init --json`. */
const InitOutput = message(
  'init',
  {
    estate: Type.String({ description: 'The file that was written' }),
    next: Type.Array(Type.Object({ command: Type.String(), says: Type.String() })),
  },
  'An estate file was written',
)

/** `upkeep check --json` of an estate without mistakes. */
const CheckOutput = message(
  'check',
  {
    ok: Type.Literal(true),
    systems: Type.Integer({ minimum: 0 }),
    hosts: Type.Integer({ minimum: 0 }),
    warnings: Type.Array(Problem),
  },
  'The estate file is good',
)

const Check = Type.Object({
  check: Type.String({ description: 'rights, clock, space /var, updaters, ...' }),
  outcome: OneOf(['ok', 'warn', 'fail'], 'fail also where nobody could say'),
  said: Type.String(),
  fix: Type.Optional(Type.String()),
})

/** `upkeep doctor --json`. */
const DoctorOutput = message(
  'doctor',
  {
    ok: Type.Boolean({ description: 'No check failed' }),
    controller: Type.Array(Check, { description: 'What this machine needs: files, secrets, mail, backups' }),
    hosts: Type.Array(
      Type.Object({
        host: Type.String(),
        checks: Type.Array(Check),
      }),
    ),
  },
  'Whether Upkeep can work on each host',
)

/** `upkeep lab up`, `lab down` and `lab status --json`. */
const LabOutput = message(
  'lab',
  {
    up: Type.Boolean({ description: 'The lab is there, and whole' }),
    dir: Type.Optional(Type.String()),
    estate: Type.Optional(Type.String({ description: 'Estate file of the lab' })),
    packagesLeft: Type.Optional(
      Type.Array(Type.String(), { description: 'Packages that the lab installed on this machine and left' }),
    ),
    complete: Type.Optional(Type.Boolean()),
    mounted: Type.Optional(Type.Boolean()),
    bridge: Type.Optional(Type.Boolean()),
    repository: Type.Optional(Type.Boolean()),
    offered: Type.Optional(Type.Array(Type.String(), { description: 'Sets of packages in its repository' })),
    cloud: Type.Optional(
      Type.Object(
        {
          engine: Type.Union([Type.String(), Type.Null()], {
            description: 'Path of the Pulumi engine that it brought',
          }),
          moto: Type.Union([Type.String(), Type.Null()], { description: 'Where moto answers' }),
        },
        { description: 'The cloud of the lab' },
      ),
    ),
    hosts: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.String(),
          address: Type.String(),
          running: Type.Boolean(),
          ssh: Type.Boolean(),
          down: Type.Array(Type.String(), { description: 'Services that should run and do not' }),
        }),
      ),
    ),
  },
  'What there is of the lab',
)

/** `upkeep journal verify --json`. */
const VerifyOutput = message(
  'verify',
  {
    ok: Type.Boolean({ description: 'Each byte belongs to the chain, and every head agrees' }),
    events: Type.Integer({ minimum: 0 }),
    firstBad: Type.Optional(
      Type.Object({
        file: Type.String(),
        line: Type.Integer(),
        offset: Type.Integer(),
        why: Type.String(),
        expected: Type.Optional(Type.String()),
        found: Type.Optional(Type.String()),
      }),
    ),
    tails: Type.Array(
      Type.Object({
        file: Type.String(),
        segment: Type.Integer(),
        line: Type.Integer(),
        offset: Type.Integer(),
        bytes: Type.Integer(),
        why: Type.String(),
      }),
    ),
    warnings: Type.Array(
      Type.Object({
        kind: OneOf(['clock', 'recovered', 'quarantine', 'no-outcome'], 'What to look at'),
        sequence: Type.Integer(),
        what: Type.String(),
      }),
    ),
    heads: Type.Array(Type.Object({ sequence: Type.Integer(), hash: Type.String(), time: instant('UTC') }), {
      description: 'The last is the head of the journal; keep it elsewhere',
    }),
    kept: Type.Optional(
      Type.Object(
        {
          file: Type.String(),
          good: Type.Integer({ minimum: 0, description: 'Heads with a good signature' }),
          newest: Type.Union([Head, Type.Null()], {
            description: 'The newest head that the journal agrees with',
          }),
          findings: Type.Array(
            Type.Object({
              kind: OneOf(
                [
                  'unreadable',
                  'unsigned',
                  'signature',
                  'foreign',
                  'went-back',
                  'truncated',
                  'rewritten',
                  'unreached',
                  'unwitnessed',
                ],
                'What is wrong with a head, or with the journal by its witness',
              ),
              line: Type.Integer({ description: 'Line of the file of heads' }),
              sequence: Type.Optional(Type.Integer({ description: 'The event that the head is of' })),
              what: Type.String(),
            }),
          ),
        },
        { description: 'With --heads: what the heads say that were kept elsewhere' },
      ),
    ),
    doesNotProve: Type.Array(Type.String()),
  },
  'Whether anybody changed the journal',
)

/**
 * What a verb prints with `--json`, one document or one line each. Besides these, `patch plan` prints the plan
 * (patch-plan.schema.json), `cleanup plan` too (cleanup-plan.schema.json), and `journal show` the events as they were recorded (event.schema.json).
 */
export const Output = Type.Union(
  [
    ProblemsOutput,
    InitOutput,
    CheckOutput,
    DoctorOutput,
    PatrolOutput,
    StatusOutput,
    EventOutput,
    SummaryOutput,
    IdleOutput,
    StopOutput,
    SettleOutput,
    ReviewedOutput,
    ExpireOutput,
    CleanupOutput,
    CleanupUndoOutput,
    ScheduleOutput,
    CalendarOutput,
    VerifyOutput,
    StackOutput,
    StackPolicyOutput,
    LabOutput,
  ],
  { title: 'Upkeep output', description: 'What a verb prints with --json; messageType says which it is' },
)
export type Output = Static<typeof Output>
