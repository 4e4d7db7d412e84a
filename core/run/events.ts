import type { Problem } from '../../schemas/problem.ts'
import type { Outcome, Way } from './outcome.ts'

/** What a controller does to the world; the journal holds nothing else about a rollout. */
export type RolloutEvent =
  | {
      type: 'rollout.started'
      /** `notes`: what people should know of the plan, such as newer versions that came on offer since. */
      data: { rollout: string; plan: string; system: string; reason: string; notes?: readonly string[] }
    }
  | { type: 'run.started'; data: { rollout: string; token: number; pid: number } }
  | { type: 'run.ended'; data: { rollout: string; why: string; nextMs: number | null } }
  | { type: 'host.started'; subject: string; data: { rollout: string; needMs: number } }
  | { type: 'step.started'; subject: string; data: { rollout: string; step: string; resume: boolean } }
  | { type: 'step.ended'; subject: string; data: { rollout: string; step: string } & StepEnd }
  | { type: 'host.turned'; subject: string; data: { rollout: string; way: Way; why: string } }
  | { type: 'host.ended'; subject: string; data: { rollout: string; outcome: Outcome; said: string } }
  | { type: 'ring.passed'; data: { rollout: string } }
  | { type: 'backup.asked'; data: { rollout: string } }
  | { type: 'backup.seen'; data: { rollout: string; timeMs: number | null; said: string } }
  | { type: 'mail.started'; subject: string; data: { rollout: string; to: readonly string[] } }
  | { type: 'mail.ended'; subject: string; data: { rollout: string; sent: boolean; said: string } }
  | { type: 'stop.asked'; data: { rollout: string; reason: string; by: string; end: boolean } }
  | { type: 'rollout.reopened'; data: { rollout: string; reason: string; by: string } }
  | {
      type: 'host.settled'
      subject: string
      data: { rollout: string; as: 'done' | 'undone'; reason: string; by: string }
    }
  | { type: 'soak.shortened'; data: { rollout: string; reason: string; by: string } }
  | { type: 'soak.reviewed'; data: { rollout: string; reason: string; by: string } }
  | {
      type: 'expiry.started'
      subject: string
      data: { rollout: string; what: 'snapshot' | 'leftovers'; name: string }
    }
  | {
      type: 'expiry.ended'
      subject: string
      data: {
        rollout: string
        what: 'snapshot' | 'leftovers'
        name: string
        done: boolean
        bytes: number | null
        said: string
      }
    }
  | { type: 'store.expiring'; data: { rollout: null; digests: readonly string[]; bytes: number } }
  | { type: 'store.expired'; data: { rollout: null; files: number; bytes: number } }
  | { type: 'head.started'; data: { rollout: string; to: readonly string[] } }
  | {
      type: 'head.ended'
      subject: string
      data: { rollout: string; sequence: number; sent: boolean; said: string }
    }
  | {
      /** What the snapshot of a host would lose, as it was shown to a person who asked for that way back. */
      type: 'rows.counted'
      subject: string
      data: { rollout: string; by: string; engines: readonly CountedEngine[] }
    }
  | {
      type: 'rollback.asked'
      data: {
        rollout: string
        hosts: readonly string[]
        way: Way
        reason: string
        /** Who asked, and for the snapshot: the transactions that may be lost, by the step that counts them. */
        by?: string
        mayLose?: Readonly<Record<string, number>>
      }
    }
  | {
      type: 'rollout.ended'
      data: { rollout: string; outcome: 'done' | 'stopped' | 'rolled-back'; said: string }
    }

/**
 * What was committed in one engine since before the snapshot, and where the controller keeps a dump of it; `dump` null:
 * nothing was committed, so there is nothing to keep.
 */
export type CountedEngine = {
  /** The step that counts it again. */
  readonly step: string
  readonly transactions: number
  readonly said: string
  readonly dump: { readonly file: string; readonly bytes: number; readonly sha256: string } | null
}

/** How one step ended on one host; `facts` are small values that later steps and reports read. */
export type StepEnd = {
  readonly outcome: Outcome
  readonly ms: number
  readonly said: string
  readonly facts?: Readonly<Record<string, unknown>>
  readonly problem?: Problem
}

/** A journalled event with its time, as the fold reads it. */
export type Told = RolloutEvent & { readonly timeMs: number }
