import type { Duplex, Writable } from 'node:stream'

import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { afterMark, capture } from './capture.ts'
import { type Fence, fenceArgs, fencedScript, fenceRefusal } from './fence.ts'
import type { Ended, Flow, Link, Timing } from './link.ts'
import { limiter } from './limit.ts'
import {
  beginLine,
  inTurn,
  passwordPrompt,
  payloadPieces,
  plainCommand,
  rootCommand,
  startMark,
} from './script.ts'
import type { Target } from './target.ts'
import { sanitise } from './text.ts'
import { type FileToSend, receive, type ReceiveLimits, send, type SendOptions } from './transfer.ts'

/**
 * What a script answered. `code` null: its fate is unknown, because the link went (`lost`), its time was over, or a
 * signal ended it; it is neither success nor failure. `truncated`: more output came than was kept.
 */
export type Ran = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly truncated: boolean
  readonly lost: boolean
}

/**
 * How a script is run: as root or not, its positional parameters, its deadline, and the output kept (1 MiB). With
 * `fence` (root's only) it runs unless another controller has taken over; problems then: `host/fenced`, `host/fence-busy`.
 */
export type RunOptions = {
  readonly root: boolean
  readonly fence?: Fence | undefined
  /** Runs when the script has ended with 0, with the same parameters; a later controller does not wait for it. */
  readonly afterwards?: string | undefined
  readonly args?: readonly string[]
  readonly input?: never
  readonly timeoutMs: number
  readonly maxBytes?: number
  /** For what only reads: once more came than is kept, no more is read. */
  readonly stopWhenFull?: boolean
}

/** A host over one authenticated connection; every method is one round trip but `send`, which is two for all that goes together. */
export type Host = {
  readonly name: string
  /** Runs a POSIX sh script with LC_ALL=C, a fixed PATH and empty standard input. */
  run(script: string, o: RunOptions): Promise<Result<Ran>>
  /** Reads a file as root, chunk by chunk; resolves when all of it has come, or more than `maxBytes`. */
  receive(
    path: string,
    sink: (chunk: Buffer) => void,
    o: ReceiveLimits,
  ): Promise<Result<{ bytes: number; sha256: string }>>
  /** Writes files as root (mode 0600): each appears under its name complete, checked and synced, or not at all. */
  send(files: readonly FileToSend[], o: SendOptions): Promise<Result<void>>
  /** Runs a script whose output goes to a sink, unbounded; `flow` halts it, and once `isFull` it is given up. */
  print(script: string, o: RunOptions & Sink): Promise<Result<Printed>>
  /** Runs a command as the connecting user, in whichever log-in shell, with a standard input that `pour` writes to and ends. */
  feed(
    command: string,
    o: { readonly timeoutMs: number; readonly pour: (stdin: Writable) => void },
  ): Promise<Result<Ended>>
  /** Opens a TCP stream from the host to `address` (127.0.0.1 by default) through this connection. */
  openTcp(port: number, address?: string): Promise<Result<Duplex>>
  /** Milliseconds of some small questions on the open connection, one after the other; fewer where no answer came in time. */
  roundTrips(count: number, timing: Timing): Promise<readonly number[]>
  close(): void
}

/** Where the output of a script goes; see `Exec`. */
export type Sink = {
  readonly onStdout: (chunk: Buffer) => void
  readonly onFlow?: ((flow: Flow) => void) | undefined
  readonly isFull?: (() => boolean) | undefined
}

/** How a script ended whose output went to a sink, with its errors. */
export type Printed = Ended & { readonly stderr: string; readonly stderrTruncated: boolean }

/** A script whose output goes to a sink instead of memory; used for `run` and for reading files. */
export type Stream = (script: string, o: RunOptions & Sink) => Promise<Result<Printed>>

// sshd allows ten sessions on one connection (MaxSessions); two are left for other use of it.
const sessionsAtOnce = 8
const tcpTimeoutMs = 10_000

/** Builds a host on a link: how a script, a file and root's rights travel is the same for every connector. */
export function hostOver(link: Link, target: Target): Host {
  const limited = limiter(sessionsAtOnce)
  const limitedLink: Link = { ...link, exec: (exec) => limited(() => link.exec(exec)) }
  const stream = streamOver(limitedLink, target)
  return {
    name: target.name,
    async run(script, o) {
      const stdout = capture(o.maxBytes ?? 1 << 20)
      const isFull = o.stopWhenFull === true ? stdout.truncated : undefined
      const ended = await stream(script, { ...o, onStdout: stdout.add, isFull })
      if (!ended.ok) return ended
      const { code, lost, stderr, stderrTruncated } = ended.value
      const answer = { code, stdout: stdout.text(), where: target.name }
      const refusal = o.fence === undefined ? undefined : fenceRefusal(o.fence, answer)
      if (refusal !== undefined) return fail(refusal)
      return ok({
        code,
        lost,
        stderr,
        stdout: answer.stdout,
        truncated: stdout.truncated() || stderrTruncated,
      })
    },
    receive: (path, sink, o) => receive(target.name, stream, path, sink, o),
    send: (files, o) => send(target.name, limitedLink, stream, files, o),
    print: stream,
    feed: (command, { timeoutMs, pour }) =>
      limitedLink.exec({ command, timeoutMs, feed: pour, onStdout() {}, onStderr() {} }),
    openTcp: (port, address = '127.0.0.1') => link.openTcp(port, address, tcpTimeoutMs),
    roundTrips: (count, timing) => roundTripsOn(link, count, timing),
    close: () => link.close(),
  }
}

async function roundTripsOn(link: Link, count: number, timing: Timing): Promise<readonly number[]> {
  const found: number[] = []
  for (let tries = 0; tries < count; tries += 1) {
    const ms = await link.roundTrip(timing)
    // The answer to this one may still come, and would pass for that of the next.
    if (ms === null) break
    found.push(ms)
  }
  return found
}

function streamOver(link: Link, target: Target): Stream {
  return async function stream(script, o) {
    const command = o.root ? rootCommand(target.sudo) : ok(plainCommand)
    if (!command.ok) return command
    if (o.fence !== undefined && !o.root) throw new Error('only root can look at a fence')
    const { head, body } =
      o.fence === undefined
        ? payloadPieces(o.afterwards === undefined ? script : inTurn(script, o.afterwards), o.args)
        : payloadPieces(fencedScript(script, o.afterwards), [...fenceArgs(o.fence), ...(o.args ?? [])])
    const password = o.root && target.sudo.mode === 'password' ? await target.sudo.password() : undefined
    if (password !== undefined && !password.ok) return password
    if (password !== undefined && /[\n\r\0]/.test(password.value))
      return fail(refused(target, 'a line break in it'))

    const stderr = capture(o.maxBytes ?? 1 << 20)
    let finish: (isBegun: boolean) => void = () => {}
    // Behind a password the script waits for root's shell: a refused password must not make sudo try lines of
    // the script as further ones, which locks accounts.
    const marks = afterMark(startMark, password === undefined ? 1 : 2, o.onStdout, () => {
      if (password !== undefined) finish(true)
    })
    const ended = await link.exec({
      command: command.value,
      timeoutMs: o.timeoutMs,
      feed(stdin) {
        finish = (isBegun) => {
          finish = () => {}
          if (!isBegun) return void stdin.end()
          stdin.write(password === undefined ? head : `${beginLine}\n${head}`)
          stdin.end(body)
        }
        if (password === undefined) return finish(true)
        stdin.write(`${password.value}\n`)
      },
      onStdout: marks.add,
      onFlow: o.onFlow,
      isFull: o.isFull === undefined ? undefined : () => o.isFull?.() === true || stderr.truncated(),
      onStderr(chunk) {
        stderr.add(chunk)
        const askedAgain = () => stderr.text().split(passwordPrompt).length > 2
        // Where so much came, what asks is no sudo; and a look at all of it each time would take for ever.
        const isWaiting = password !== undefined && marks.seen() === 0 && !stderr.truncated()
        if (isWaiting && askedAgain()) finish(false)
      },
    })
    if (!ended.ok) return ended
    const said = stderr.text().replaceAll(passwordPrompt, '')
    const started = marks.seen() >= (password === undefined ? 1 : 2)
    if (!started && ended.value.code !== null)
      return fail(o.root && target.sudo.mode !== 'none' ? refused(target, said) : noShell(target, said))
    return ok({ ...ended.value, stderr: said, stderrTruncated: stderr.truncated() })
  }
}

function refused(target: Target, said: string): Problem {
  const way = target.sudo.mode === 'password' ? 'with its password' : 'without a password'
  return {
    code: 'host/sudo-refused',
    what: `The user ${target.user} may not work as root ${way}; the script was not run.`,
    where: target.name,
    found: sanitise(said.trim(), 300),
    fix:
      target.sudo.mode === 'nopasswd'
        ? `Install the wrapper and allow it: "${target.user} ALL=(root) NOPASSWD: ${target.sudo.wrapper}" in /etc/sudoers.d.`
        : `Check the password that the estate refers to, and that sudoers allows ${target.user} /bin/sh as root.`,
  }
}

function noShell(target: Target, said: string): Problem {
  return {
    code: 'host/no-shell',
    what: `The log-in shell of ${target.user} did not start /bin/sh; the script was not run.`,
    where: target.name,
    found: sanitise(said.trim(), 300),
    fix: 'Give the user a log-in shell that runs commands (no nologin, no ForceCommand).',
  }
}
