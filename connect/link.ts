import type { Duplex, Writable } from 'node:stream'

import type { Result } from '../schemas/problem.ts'

/** How a remote command ended; `code` is null when nobody knows, `lost` when the connection is why. */
export type Ended = { readonly code: number | null; readonly lost: boolean }

/** One command on a channel of its own: `feed` gets its standard input once, the sinks get its raw output. */
export type Exec = {
  readonly command: string
  readonly timeoutMs: number
  readonly feed: (stdin: Writable) => void
  /** With `isFull`, a command that prints more than is kept is given up: its fate is unknown. */
  readonly isFull?: (() => boolean) | undefined
  readonly onStdout: (chunk: Buffer) => void
  /** Called once, with what halts the output of the command and lets it go on: who is halted waits on the host. */
  readonly onFlow?: ((flow: Flow) => void) | undefined
  readonly onStderr: (chunk: Buffer) => void
}

/** The output of a command under way; `stop` gives the command up, whose fate is then unknown. */
export type Flow = { readonly pause: () => void; readonly resume: () => void; readonly stop: () => void }

/** The limit of an answer in milliseconds, and the clock. */
export type Timing = { readonly timeoutMs: number; readonly now: () => number }

/** An authenticated connection to one host; what a connector provides, and `hostOver` builds a host on. */
export type Link = {
  exec(exec: Exec): Promise<Result<Ended>>
  openTcp(port: number, address: string, timeoutMs: number): Promise<Result<Duplex>>
  /** Milliseconds of one small question on the open connection and its answer; null where the connector can not ask one. */
  roundTrip(o: Timing): Promise<number | null>
  close(): void
}
