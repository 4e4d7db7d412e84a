import type { Client, ConnectConfig } from 'ssh2'

import { whyNoText } from '../schemas/file-text.ts'
import { fail, ok, type Problem, type Result } from '../schemas/problem.ts'
import { algorithmsFor } from './algorithms.ts'
import { execOn, openTcpOn, roundTripOn } from './channel.ts'
import { judgeKey, knownTypes, readKnownHosts } from './known-hosts.ts'
import type { Link } from './link.ts'
import { type Host, hostOver } from './remote.ts'
import { sharedText } from './shared-text.ts'
import { connectProblem, keyFileProblem } from './ssh-problem.ts'
import type { Target } from './target.ts'

export type { Host, Ran } from './remote.ts'

/** Limits of a connection; `onClose` is told once when it is gone, for whatever reason. */
export type ConnectOptions = { readonly timeoutMs: number; readonly onClose?: () => void }

/**
 * Connects by SSH, through the target's jump hosts, each checked against known_hosts by its own name before it gets
 * anything. Problems: `host/key-unknown|-changed|-revoked`, `host/known-hosts`, `host/certificate`, `host/key-file`,
 * `host/auth-refused`, `host/unreachable`, `host/no-common-algorithm`.
 */
export async function connectSsh(target: Target, o: ConnectOptions): Promise<Result<Host>> {
  const link = await openLink(target, o)
  return link.ok ? ok(hostOver(link.value, target)) : link
}

/** Connects as `connectSsh` does, for those who run one command of their own there instead of scripts; the same problems. */
export async function openLink(target: Target, o: ConnectOptions): Promise<Result<Link>> {
  const known = await readKnownHosts(target.knownHosts)
  if (!known.ok) return known
  const auth = await authOf(target)
  if (!auth.ok) return auth

  const hop = target.jump === undefined ? undefined : await openLink(target.jump, { timeoutMs: o.timeoutMs })
  if (hop !== undefined && !hop.ok) return hop
  const sock = await hop?.value.openTcp(target.port, target.address, o.timeoutMs)
  if (sock !== undefined && !sock.ok) {
    hop?.value.close()
    return sock
  }

  let refusal: Problem | undefined
  const types = knownTypes(known.value, target)
  const opened = await openClient(
    {
      ...auth.value,
      ...(sock === undefined ? { host: target.address, port: target.port } : { sock: sock.value }),
      username: target.user,
      algorithms: algorithmsFor(types),
      readyTimeout: o.timeoutMs,
      keepaliveInterval: 10_000,
      keepaliveCountMax: 3,
      agentForward: false,
      hostVerifier(key: Buffer) {
        refusal = judgeKey(known.value, target, key)
        return refusal === undefined
      },
    },
    () => {
      hop?.value.close()
      o.onClose?.()
    },
  )
  if (opened instanceof Error) {
    hop?.value.close()
    return fail(refusal ?? connectProblem(target, opened))
  }
  const client = opened
  return ok({
    exec: (exec) => execOn(client, target.name, exec),
    openTcp: (port, address, timeoutMs) => openTcpOn(client, target.name, { port, address, timeoutMs }),
    roundTrip: (timing) => roundTripOn(client, timing),
    close: () => void client.end(),
  })
}

// node-ssh opens and authenticates; channels are taken from its client, because execCommand keeps all output in
// memory, decodes it chunk by chunk, and reports a lost link like an end.
async function openClient(config: ConnectConfig, onClose: () => void): Promise<Client | Error> {
  const { NodeSSH } = await import('node-ssh')
  const ssh = new NodeSSH()
  const ready = ssh.connect(config as Parameters<typeof ssh.connect>[0])
  const client = ssh.connection
  // node-ssh drops its own listener once it is ready; without one, a lost link would end this process.
  client?.on('error', () => {})
  // Small packets at once: with Nagle's algorithm a script waits 40 ms for each of the host's delayed answers.
  client?.setNoDelay(true)
  try {
    await ready
  } catch (error) {
    client?.destroy()
    return error instanceof Error ? error : new Error(String(error))
  }
  if (client === null || ssh.connection === null) return new Error('closed at once')
  client.once('close', onClose)
  return client
}

const mostKeyBytes = 1 << 20

async function authOf(target: Target): Promise<Result<ConnectConfig>> {
  if ('agent' in target.auth) return ok({ agent: target.auth.agent, authHandler: ['agent'] })
  const path = target.auth.key
  const read = await sharedText(path, mostKeyBytes)
  if (!read.ok) return fail(keyFileProblem(target, `${path}: ${whyNoText(read)}`))
  return ok({ privateKey: read.text, authHandler: ['publickey'] })
}
