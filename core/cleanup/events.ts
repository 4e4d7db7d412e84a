import type { RuleAnswer } from '../../schemas/cleanup-answer.ts'
import type { Problem } from '../../schemas/problem.ts'
import type { Archived, ArchivePlace } from './archive.ts'

/** What became of one rule on one host, as the journal keeps it: figures and reasons, no lists of names. */
export type RuleDone = Pick<
  RuleAnswer,
  | 'name'
  | 'refused'
  | 'takenFiles'
  | 'takenTrees'
  | 'takenBytes'
  | 'putBack'
  | 'aside'
  | 'held'
  | 'failed'
  | 'kept'
  | 'keptNames'
  | 'directories'
> & { readonly digest: string; readonly archiveTo?: ArchivePlace }

/** How the clean-up of a host ended. */
export type CleanupEnd = {
  readonly outcome: 'done' | 'failed' | 'unknown'
  readonly said: string
  readonly rules: readonly RuleDone[]
  readonly facts?: Readonly<Record<string, unknown>>
  readonly problem?: Problem
}

/** What clean-ups do to the world; the journal holds nothing else about them. */
export type CleanupEvent =
  | { type: 'cleanup.started'; data: { cleanup: string; plan: string; system: string; reason: string } }
  | {
      type: 'cleanup.approved'
      data: { cleanup: string; system: string; rule: string; digest: string; by: string; reason: string }
    }
  | {
      type: 'cleanup.host.started'
      subject: string
      data: {
        cleanup: string
        ring: string
        rules: readonly Pick<RuleDone, 'name' | 'digest' | 'archiveTo'>[]
      }
    }
  | { type: 'cleanup.host.ended'; subject: string; data: { cleanup: string; ring: string } & CleanupEnd }
  | {
      type: 'cleanup.archive.started'
      subject: string
      data: {
        cleanup: string
        rule: string
        to: ArchivePlace
      }
    }
  | { type: 'cleanup.archived'; subject: string; data: { cleanup: string; rule: string } & Archived }
  | {
      type: 'cleanup.archive.ended'
      subject: string
      data: { cleanup: string; rule: string; outcome: 'done' | 'failed'; said: string; problem?: Problem }
    }
  | {
      type: 'cleanup.undo.started'
      subject: string
      data: { cleanup: string; attempt: number; reason: string }
    }
  | {
      type: 'cleanup.undo.ended'
      subject: string
      data: {
        cleanup: string
        attempt: number
        outcome: 'undone' | 'failed' | 'unknown'
        said: string
        problem?: Problem
      }
    }
  | { type: 'cleanup.ended'; data: { cleanup: string; said: string } }
