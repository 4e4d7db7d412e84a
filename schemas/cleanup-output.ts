import { Type } from 'typebox'
import { RuleAnswer } from './cleanup-answer.ts'
import { message } from './message.ts'
import { Problem } from './problem-shape.ts'
import { OneOf } from './words.ts'

/** `upkeep cleanup run --json`. */
export const CleanupOutput = message(
  'cleanup',
  {
    cleanup: Type.String({ description: 'Id of the clean-up; `cleanup undo` wants it' }),
    hosts: Type.Array(
      Type.Object({
        host: Type.String(),
        ring: OneOf(['test', 'production'], 'Test hosts are cleaned up first'),
        outcome: OneOf(['done', 'failed', 'unknown'], 'unknown: the same plan, run again, asks again'),
        said: Type.String(),
        rules: Type.Array(
          Type.Object({
            ...RuleAnswer.properties,
            digest: Type.String(),
            archiveTo: Type.Optional(
              Type.Object({
                host: Type.String(),
                directory: Type.String(),
                reserve: Type.Optional(Type.String()),
              }),
            ),
          }),
        ),
        problem: Type.Optional(Problem),
      }),
      { description: 'Those that this run was at work on' },
    ),
    problems: Type.Array(Problem, { description: 'What keeps rules from production' }),
  },
  'What was cleaned up',
)

/** `upkeep cleanup undo --json`. */
export const CleanupUndoOutput = message(
  'cleanup-undo',
  {
    cleanup: Type.String(),
    hosts: Type.Array(
      Type.Object({
        host: Type.String(),
        outcome: OneOf(['undone', 'failed', 'unknown'], 'failed also when some of it was left in quarantine'),
        said: Type.String(),
        problem: Type.Optional(Problem),
      }),
    ),
  },
  'What was brought back out of quarantine',
)
