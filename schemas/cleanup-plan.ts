import { type Static, Type } from 'typebox'
import { CleanupAnswer } from './cleanup-answer.ts'
import { planHead, Sha256 } from './plan-head.ts'
import { Problem } from './problem-shape.ts'
import { closed } from './words.ts'

const strings = Type.Array(Type.String())

/** A rule as the plan carries it; `digest` is what tests and approvals are recorded for. */
export const PlannedRule = closed({
  name: Type.String(),
  digest: Sha256,
  quarantineMs: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
    description: 'How long what it takes can be brought back; null: it is deleted at once',
  }),
  where: strings,
  what: strings,
  not: strings,
  olderThanMs: Type.Integer({ minimum: 0 }),
  ageBy: Type.Union([Type.Literal('ctime'), Type.Literal('mtime')]),
  keepNewest: Type.Integer({ minimum: 0 }),
  capBytes: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
  onlyAbovePercent: Type.Union([Type.Integer({ minimum: 1, maximum: 99 }), Type.Null()]),
  budget: closed({ files: Type.Integer({ minimum: 1 }), bytes: Type.Integer({ minimum: 1 }) }),
  do: Type.Union([
    Type.Literal('delete'),
    Type.Literal('compress'),
    Type.Literal('truncate'),
    Type.Literal('archive'),
  ]),
  archiveTo: Type.Optional(
    closed(
      { host: Type.String(), directory: Type.String(), reserve: Type.Optional(Type.String()) },
      { description: 'Where it is archived before it goes' },
    ),
  ),
  keepTailBytes: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
  kernels: Type.Boolean({ description: 'The package manager decides which kernels are old' }),
  regenerable: Type.Boolean(),
  rotatesJournal: Type.Boolean(),
  mount: Type.Boolean(),
  roles: Type.Union([strings, Type.Null()]),
})
export type PlannedRule = Static<typeof PlannedRule>

/** What a clean-up would do: `cleanup run` carries out these rules on these hosts, within their budgets, and nothing else. */
export const CleanupPlan = closed({
  ...planHead('cleanup'),
  quarantineMs: Type.Integer({ minimum: 0 }),
  rules: Type.Array(PlannedRule),
  hosts: Type.Array(
    closed({
      host: Type.String(),
      ring: Type.Union([Type.Literal('test'), Type.Literal('production')]),
      rules: Type.Array(Type.String(), { description: 'Names of the rules that are carried out there' }),
      found: CleanupAnswer,
    }),
  ),
  leftOut: Type.Optional(
    Type.Array(Problem, {
      description:
        'Hosts that could not be asked, and rules that a host has not in this plan, each with the reason',
    }),
  ),
  notes: strings,
  problems: Type.Array(Problem, { description: 'With one of these the plan is refused by `cleanup run`' }),
  digest: Sha256,
})
export type CleanupPlan = Static<typeof CleanupPlan>
