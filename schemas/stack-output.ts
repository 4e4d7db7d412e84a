import { Type } from 'typebox'
import { message } from './message.ts'
import { OneOf } from './words.ts'

/** `upkeep stack preview`, `up`, `refresh` and `destroy --json`. */
export const StackOutput = message(
  'stack',
  {
    verb: OneOf(['preview', 'up', 'refresh', 'destroy'], 'What the engine was asked to do'),
    stack: Type.String(),
    changes: Type.Array(
      Type.Object({
        operation: Type.String({
          description: 'As the engine names it: create, update, replace, delete, ...',
        }),
        type: Type.String({ description: 'Type of the resource, such as aws:s3/bucket:Bucket' }),
        name: Type.String({ description: 'Its name in the program' }),
        properties: Type.Array(Type.String(), { description: 'Those that differ; never their values' }),
      }),
      { description: 'What would be changed, or was; for refresh what others have changed' },
    ),
    counts: Type.Record(Type.String(), Type.Integer(), { description: 'Resources by operation' }),
  },
  'What the engine of Pulumi did, or would do',
)

/** `upkeep stack policy --json`. */
export const StackPolicyOutput = message(
  'stack-policy',
  {
    stack: Type.String(),
    filled: Type.Boolean({ description: 'Whether it is for stores that hold data' }),
    documents: Type.Array(
      Type.Object(
        { Version: Type.String(), Statement: Type.Array(Type.Unknown()) },
        {
          description: 'A policy document of IAM',
        },
      ),
      { description: 'All are needed; each is within the limit of IAM', minItems: 1 },
    ),
  },
  'What the identity that brings a stack up has to be allowed',
)
