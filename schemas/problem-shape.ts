import { type Static, Type } from 'typebox'

/** Expected trouble as a value: where, what was found, what is allowed, what to do. Bugs throw instead. */
export const Problem = Type.Object(
  {
    code: Type.String({ description: 'Stable id, "subject/what"; each has a heading in docs/problems.md' }),
    what: Type.String({ description: 'One sentence: what is wrong' }),
    where: Type.Optional(Type.String({ description: 'file:line:column, host or path' })),
    found: Type.Optional(Type.String()),
    expected: Type.Optional(Type.String()),
    fix: Type.Optional(Type.String({ description: 'What to do next' })),
    frame: Type.Optional(Type.String({ description: 'Source excerpt with a caret' })),
  },
  { additionalProperties: false },
)
export type Problem = Static<typeof Problem>
