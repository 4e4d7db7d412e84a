import type { Duplex, Writable } from 'node:stream'

import type { Result } from '../schemas/problem.ts'

/** How a remote command ended; `code` is null when nobody knows, `lost` when the connection is why. */
export type Ended = { readonly code: number | null; readonly lost: boolean }

/** One command on a channel of its own: `feed` gets its standard input once, the sinks get its raw output. */
export type Exec = {
  readonly command: string
  readonly timeoutMs: number
  readonly feed: (stdin: Writable) => void
  readonly onStdout: (chunk: Buffer) => void
  readonly onStderr: (chunk: Buffer) => void
}

/** An authenticated connection to one host; what a connector provides, and `hostOver` builds a host on. */
export type Link = {
  exec(exec: Exec): Promise<Result<Ended>>
  openTcp(port: number, address: string, timeoutMs: number): Promise<Result<Duplex>>
  close(): void
}
