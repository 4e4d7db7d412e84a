import type { Result } from '../../schemas/problem.ts'

/**
 * What takes, restores and removes snapshots of whole hosts, from below the host; every call may be repeated. Once a
 * later controller has changed something of a host, its changes by an earlier one are refused: `host/fenced`. A host
 * whose snapshot was restored still refuses whom it refused before.
 */
export type SnapshotDriver = {
  readonly name: string
  /** Free bytes where snapshots lie, and what a snapshot of this host would leave out. */
  readonly inspect: (
    host: string,
  ) => Promise<Result<{ readonly freeBytes: number; readonly leftOut: readonly string[] }>>
  /** Changes nothing, but refuses every earlier controller from now on. */
  readonly claim: (host: string) => Promise<Result<void>>
  /** Takes the snapshot, unless it is there already. Problems: `snapshot/incomplete`, `snapshot/failed`. */
  readonly take: (host: string, name: string) => Promise<Result<void>>
  /** Puts the snapshot in the host's place and boots it; the same `token` never does it twice. */
  readonly restore: (host: string, name: string, token: string) => Promise<Result<void>>
  readonly has: (host: string, name: string) => Promise<Result<boolean>>
  /** The snapshots of a host, whoever took them. */
  readonly list: (host: string) => Promise<Result<readonly HeldSnapshot[]>>
  /** The same as `restore`, as commands for a person where the host runs. */
  readonly byHand: (host: string, name: string) => readonly string[]
  readonly remove: (host: string, name: string) => Promise<Result<void>>
}

/** A snapshot that is there: when it was taken (epoch ms), and the bytes that only it, and what it replaced, holds. */
export type HeldSnapshot = { readonly name: string; readonly takenMs: number; readonly bytes: number }
