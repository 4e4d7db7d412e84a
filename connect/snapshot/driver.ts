import type { Result } from '../../schemas/problem.ts'

/** What takes, restores and removes snapshots of whole hosts, from below the host; every call may be repeated. */
export type SnapshotDriver = {
  readonly name: string
  /** Free bytes where snapshots lie, and what a snapshot of this host would leave out. */
  readonly inspect: (
    host: string,
  ) => Promise<Result<{ readonly freeBytes: number; readonly leftOut: readonly string[] }>>
  /** Takes the snapshot, unless it is there already. Problems: `snapshot/incomplete`, `snapshot/failed`. */
  readonly take: (host: string, name: string) => Promise<Result<void>>
  /** Puts the snapshot in the host's place and boots it; the same `token` never does it twice. */
  readonly restore: (host: string, name: string, token: string) => Promise<Result<void>>
  readonly has: (host: string, name: string) => Promise<Result<boolean>>
  /** The same as `restore`, as commands for a person where the host runs. */
  readonly byHand: (host: string, name: string) => readonly string[]
  readonly remove: (host: string, name: string) => Promise<Result<void>>
}
