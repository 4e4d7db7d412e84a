import type * as http from 'node:http'
import { request as secureRequest } from 'node:https'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

import { fail, ok, type Result } from '../schemas/problem.ts'
import { capture } from './capture.ts'
import type { HttpProbe, Said, TcpProbe } from './probe.ts'
import type { Host } from './remote.ts'

// To import it would load all that Node has for `fetch` as well, 40 ms at each start of a rollout.
const { request } = createRequire(import.meta.url)('node:http') as typeof http

/** Asks a web address from here or through the host's connection; redirects are not followed. */
export async function askHttp(probe: HttpProbe, host: Host | undefined, timeoutMs: number): Promise<Said> {
  const got =
    probe.url === undefined
      ? await throughHost(probe, host, timeoutMs)
      : await fromHere(probe.url, probe, timeoutMs)
  if (!got.ok) return unreachable(got)
  const { status, body } = got.value
  const { status: wanted = 200, contains } = probe.expect ?? {}
  if (status !== wanted) return { outcome: 'bad', said: `status ${status}, expected ${wanted}` }
  if (contains !== undefined && !body.includes(contains))
    return { outcome: 'bad', said: `status ${status}, but its text lacks "${contains}"` }
  return { outcome: 'good', said: `status ${status}` }
}

/** Opens a TCP connection from here (`address`) or on the host's loopback, and closes it. */
export async function askTcp(probe: TcpProbe, host: Host | undefined, timeoutMs: number): Promise<Said> {
  const stream =
    probe.address === undefined
      ? await openOn(host, probe.port)
      : await dial(probe.address, probe.port, timeoutMs)
  if (!stream.ok) return unreachable(stream)
  stream.value.destroy()
  return { outcome: 'good', said: `port ${probe.port} accepts connections` }
}

/** One HTTP exchange; the first MiB of the body is kept. Problem `probe/no-answer`. */
export function exchange(o: {
  readonly url: URL
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly stream?: Duplex
  readonly timeoutMs: number
}): Promise<Result<{ readonly status: number; readonly body: string }>> {
  return new Promise((resolve) => {
    const over = AbortSignal.timeout(o.timeoutMs)
    const refuse = (error: Error): void => resolve(fail(noAnswer(error)))
    const stream = o.stream
    const args: http.ClientRequestArgs = {
      method: o.method ?? 'GET',
      headers: { ...o.headers, connection: 'close' },
      signal: over,
      // With any agent, `false` too, Node dials by itself and never asks createConnection.
      ...(stream === undefined ? { agent: false } : { createConnection: () => stream }),
    }
    const send = o.url.protocol === 'https:' ? secureRequest : request
    const sent = send(o.url, args, (answer) => {
      const body = capture(1 << 20)
      answer.on('data', body.add)
      answer.once('error', refuse)
      answer.once('end', () => resolve(ok({ status: answer.statusCode ?? 0, body: body.text() })))
    })
    sent.once('error', refuse)
    sent.end(o.body)
  })
}

function fromHere(url: string, probe: HttpProbe, timeoutMs: number) {
  return exchange({ url: new URL(url), headers: hostHeader(probe), timeoutMs })
}

async function throughHost(probe: HttpProbe, host: Host | undefined, timeoutMs: number) {
  const port = probe.port ?? 80
  const stream = await openOn(host, port)
  if (!stream.ok) return stream
  const url = new URL(`http://127.0.0.1:${port}${probe.path ?? '/'}`)
  const got = await exchange({ url, headers: hostHeader(probe), stream: stream.value, timeoutMs })
  stream.value.destroy()
  return got
}

function hostHeader(probe: HttpProbe): Readonly<Record<string, string>> {
  return probe.hostHeader === undefined ? {} : { host: probe.hostHeader }
}

function openOn(host: Host | undefined, port: number): Promise<Result<Duplex>> {
  if (host === undefined) throw new Error('a probe without an address is asked on a host')
  return host.openTcp(port)
}

function dial(address: string, port: number, timeoutMs: number): Promise<Result<Duplex>> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: timeoutMs })
    socket.once('connect', () => resolve(ok(socket)))
    socket.once('timeout', () => socket.destroy(new Error('no answer')))
    socket.once('error', (error) => resolve(fail(noAnswer(error))))
  })
}

// That the host itself can not be asked is no verdict on what it serves.
function unreachable(result: Result<unknown> & { readonly ok: false }): Said {
  const [problem] = result.problems
  const notAsked = ['host/lost', 'host/forward-forbidden'].includes(problem?.code ?? '')
  return { outcome: notAsked ? 'unknown' : 'bad', said: problem?.found ?? problem?.what ?? '' }
}

function noAnswer(error: Error & { code?: string }) {
  return { code: 'probe/no-answer', what: 'No answer.', found: error.message || (error.code ?? 'no answer') }
}
