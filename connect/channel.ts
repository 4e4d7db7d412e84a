import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Client } from 'ssh2'

import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import type { Ended, Exec, Timing } from './link.ts'
import { lostProblem } from './ssh-problem.ts'
import { sanitise } from './text.ts'

const placeAgainMs = 40

/**
 * Runs a command on a channel without terminal, within its time also waiting for a session: sshd keeps that of a command
 * which was given up until it ends, and for a moment that of each which has ended (MaxSessions). Problems: `host/lost`,
 * `host/no-session`; in both the command was certainly not sent.
 */
export async function execOn(client: Client, name: string, exec: Exec): Promise<Result<Ended>> {
  for (let leftMs = exec.timeoutMs; ; leftMs -= placeAgainMs) {
    const ran = await execOnce(client, name, { ...exec, timeoutMs: leftMs })
    const isFull = !ran.ok && ran.problems[0]?.code === 'host/no-session'
    if (!isFull || leftMs <= placeAgainMs) return ran
    await sleep(placeAgainMs)
  }
}

function execOnce(client: Client, name: string, exec: Exec): Promise<Result<Ended>> {
  return new Promise((resolve) => {
    let settled = false
    let abandon = (): void => {}
    const timer = setTimeout(() => settle(ok({ code: null, lost: false })), exec.timeoutMs)
    const onClose = (): void => settle(ok({ code: null, lost: true }))
    function settle(result: Result<Ended>): void {
      if (settled) return
      settled = true
      clearTimeout(timer)
      client.off('close', onClose)
      abandon()
      resolve(result)
    }
    client.once('close', onClose)
    attempt(
      () =>
        client.exec(exec.command, (error, channel) => {
          if (error !== undefined) return settle(fail(notOpened(name, error)))
          if (settled) return channel.close() // its time was over before the host answered: nothing is fed to it
          let code: number | null = null
          let signalled = false
          abandon = () => {
            channel.removeListener('data', exec.onStdout).resume()
            channel.stderr.removeListener('data', exec.onStderr).resume()
            channel.close()
          }
          channel.on('error', () => {}) // writing to a command that has ended is its end, not trouble of its own
          channel.stderr.on('error', () => {})
          channel.on('data', exec.onStdout)
          exec.onFlow?.({
            pause: () => void channel.pause(),
            resume: () => void channel.resume(),
            stop: () => settle(ok({ code: null, lost: false })),
          })
          if (exec.isFull !== undefined)
            for (const stream of [channel, channel.stderr])
              stream.on('data', () => {
                if (exec.isFull?.() === true) settle(ok({ code: null, lost: false }))
              })
          channel.stderr.on('data', exec.onStderr)
          channel.on('exit', (exit: number | null) => {
            code = exit
            signalled = exit === null
          })
          channel.on('close', () => settle(ok({ code, lost: code === null && !signalled })))
          exec.feed(channel)
        }),
      (error) => settle(fail(lostProblem(name, error))),
    )
  })
}

/** Opens a TCP stream from the host to an address that the host can reach; `host/forward-refused` when it can not. */
export function openTcpOn(
  client: Client,
  name: string,
  to: { readonly port: number; readonly address: string; readonly timeoutMs: number },
): Promise<Result<Duplex>> {
  return new Promise((resolve) => {
    let settled = false
    const timer = setTimeout(
      () => settle(fail(refused(name, to, new Error('no answer in time')))),
      to.timeoutMs,
    )
    const onClose = (): void => settle(fail(lostProblem(name, new Error('closed'))))
    function settle(result: Result<Duplex>): void {
      if (settled) return
      settled = true
      clearTimeout(timer)
      client.off('close', onClose)
      resolve(result)
    }
    client.once('close', onClose)
    attempt(
      () =>
        client.forwardOut('127.0.0.1', 0, to.address, to.port, (error, channel) => {
          if (error !== undefined) return settle(fail(refused(name, to, error)))
          if (settled) return channel.close()
          channel.on('error', () => {})
          settle(ok(channel))
        }),
      (error) => settle(fail(lostProblem(name, error))),
    )
  })
}

/**
 * Milliseconds until the host has answered one small question that opens nothing: to end the forwarding of a port that is not
 * forwarded, which it must refuse (RFC 4254, 7.1). Null when no answer came in time.
 */
export function roundTripOn(client: Client, { timeoutMs, now }: Timing): Promise<number | null> {
  return new Promise((resolve) => {
    const begun = now()
    const timer = setTimeout(() => resolve(null), timeoutMs)
    function answered(): void {
      clearTimeout(timer)
      resolve(now() - begun)
    }
    attempt(
      () => client.unforwardIn('127.0.0.1', 1, answered),
      () => {
        clearTimeout(timer)
        resolve(null)
      },
    )
  })
}

// Reasons 2 and 4 of RFC 4254: what sshd says when a connection has all its sessions.
function notOpened(name: string, error: Error & { readonly reason?: unknown }): Problem {
  if (error.reason !== 2 && error.reason !== 4) return lostProblem(name, error)
  return {
    code: 'host/no-session',
    what: 'The host has no session free on this connection; the command was not sent.',
    where: name,
    found: sanitise(error.message, 200),
    fix: 'Wait until what is running there has ended, or raise MaxSessions in the sshd of the host (10 is its default).',
  }
}

// A client that has closed throws instead of calling back.
function attempt(ask: () => unknown, onError: (error: unknown) => void): void {
  try {
    ask()
  } catch (error) {
    onError(error)
  }
}

function refused(
  name: string,
  to: { readonly port: number; readonly address: string },
  error: Error & { readonly reason?: unknown },
): Problem {
  // Reason 1 of RFC 4254 is the server's will and says nothing about the port behind it.
  const forbidden = error.reason === 1
  return {
    code: forbidden ? 'host/forward-forbidden' : 'host/forward-refused',
    what: `No TCP connection to ${to.address}:${to.port} through the host.`,
    where: name,
    found: sanitise(error.message, 200),
    fix: forbidden
      ? 'Allow it in the sshd of the host (AllowTcpForwarding, PermitOpen).'
      : 'Check that something listens there.',
  }
}
