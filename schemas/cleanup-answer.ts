import { type Static, Type } from 'typebox'
import { closed } from './words.ts'

const count = Type.Integer({ minimum: 0 })
const bytes = Type.Integer({ minimum: 0 })
const text = Type.String({ maxLength: 20_000 })

/** Why some of what a rule found stays, how much that is, and one example. */
export const Held = closed({ why: text, count, example: text })
export type Held = Static<typeof Held>

const Shown = closed({ path: text, bytes, mtime: Type.Integer({ description: 's since 1970' }) })

/** Why a host does not carry out a rule; `code` stands behind "cleanup/". */
const RefusedRule = closed({ code: Type.String({ pattern: '^[a-z-]+$' }), what: text, found: text })

/** What a rule found on a host, and took. Names are printable; at most five of a kind. */
export const RuleAnswer = closed({
  name: text,
  refused: Type.Union([RefusedRule, Type.Null()]),
  files: Type.Optional(count),
  trees: Type.Optional(count),
  bytes: Type.Optional(
    Type.Integer({ minimum: 0, description: 'What the file system gives back when all of it is gone' }),
  ),
  over: Type.Optional(Type.Boolean({ description: 'Above the deletion budget' })),
  held: Type.Optional(Type.Array(Held)),
  largest: Type.Optional(Type.Array(Shown)),
  oldest: Type.Optional(Type.Array(Shown)),
  directories: Type.Optional(
    Type.Array(
      closed({
        path: text,
        dev: Type.Integer(),
        ino: Type.Integer(),
        freeBytes: bytes,
        freeBytesAfter: Type.Optional(bytes),
      }),
    ),
  ),
  absent: Type.Optional(Type.Array(text, { description: 'Directories that the host does not have' })),
  below: Type.Optional(
    Type.Array(closed({ path: text, usedPercent: count }), {
      description: 'Directories whose file system is not as full as the rule waits for',
    }),
  ),
  takenFiles: Type.Optional(count),
  takenTrees: Type.Optional(count),
  takenBytes: Type.Optional(bytes),
  putBack: Type.Optional(count),
  aside: Type.Optional(Type.Boolean({ description: 'In quarantine: the bytes come when it is emptied' })),
  failed: Type.Optional(Type.Array(Held)),
  kept: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Of another kind than was to be taken, and can not go back' }),
  ),
  keptNames: Type.Optional(Type.Array(closed({ path: text, place: text, why: text }))),
})
export type RuleAnswer = Static<typeof RuleAnswer>

/** What a host answers to scan and clean. */
export const CleanupAnswer = closed({
  rules: Type.Array(RuleAnswer),
  deletedButOpen: closed({
    files: count,
    bytes,
    processes: Type.Array(
      closed({
        pid: count,
        command: text,
        files: count,
        bytes,
        largest: text,
        unit: Type.Union([text, Type.Null()]),
      }),
    ),
  }),
  stuckLogrotate: Type.Array(closed({ path: text, bytes, mtime: Type.Integer() })),
  aside: Type.Array(
    closed({
      id: text,
      place: text,
      entries: count,
      bytes,
      until: Type.Union([Type.Integer(), Type.Null()]),
      unjudged: Type.Integer({
        minimum: 0,
        description: 'Moved by a run that was killed before it looked again: the next clean-up puts it back',
      }),
    }),
  ),
  keptForEver: Type.Array(closed({ place: text, count }), {
    description: 'Where things lie that nobody has judged and no purge removes',
  }),
  purged: Type.Optional(
    closed({ gone: count, kept: count, untimed: count, stuck: count, strays: count, bytes }),
  ),
  unjudged: Type.Optional(
    closed(
      { back: count, left: count },
      { description: 'Of runs that were killed: put back, and kept aside' },
    ),
  ),
  timer: Type.Optional(text),
  shortened: Type.Optional(Type.Boolean({ description: 'Names and examples were left out' })),
})
export type CleanupAnswer = Static<typeof CleanupAnswer>

/** What a host answers to undo. */
export const UndoAnswer = closed({
  found: Type.Boolean(),
  back: count,
  gone: Type.Integer({
    minimum: 0,
    description: 'Announced, and not in quarantine: never moved, or back already',
  }),
  left: Type.Array(closed({ why: text, count })),
  names: Type.Array(closed({ path: text, why: text })),
  refused: Type.Optional(text),
  shortened: Type.Optional(Type.Boolean()),
})
export type UndoAnswer = Static<typeof UndoAnswer>
