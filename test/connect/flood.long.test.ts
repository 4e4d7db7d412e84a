import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readKnownHosts } from '../../connect/known-hosts.ts'
import { runProbe } from '../../connect/probe.ts'
import { readSecret } from '../../connect/secret.ts'
import { connectSsh, type Host } from '../../connect/ssh.ts'
import { receiveInto } from '../../playbooks/facts/receive-files.ts'
import { storeOpen } from '../../core/store/store.ts'
import type { Result } from '../../schemas/problem.ts'
import { startServer, type TestServer } from './sshd.ts'

const timeoutMs = 120_000
/** What 5 GB may cost more than nothing: the output kept, and buffers that are not collected yet. */
const mostMoreBytes = 250e6

function value<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(JSON.stringify(result.problems))
  return result.value
}

/** The most memory that this process held while it waited, above what it held before. */
async function memoryOf<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly moreBytes: number }> {
  const before = process.memoryUsage().rss
  let most = before
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
  try {
    return { value: await work(), moreBytes: most - before }
  } finally {
    clearInterval(timer)
  }
}

describe('a host that says too much', () => {
  let server: TestServer
  let host: Host
  before(async () => {
    server = await startServer()
    host = value(await connectSsh(server.target('app'), { timeoutMs }))
  })
  after(async () => {
    host.close()
    await server.stop()
  })

  for (const [says, script] of [
    ['5 GB without a line break', 'head -c 5G /dev/zero; exit 5'],
    ['300 MB of errors', 'head -c 300M /dev/zero >&2; exit 5'],
    ['300 MB of bytes that are no UTF-8', "head -c 300M /dev/zero | tr '\\0' '\\377'; exit 5"],
  ] as const) {
    // Fault 21, hosts: a host says too much. Outcome: no memory is filled, and the exit code is still known.
    test(`${says} cost the controller no memory, and the exit code is still known`, async (context) => {
      const began = performance.now()
      const { value: ran, moreBytes } = await memoryOf(() => host.run(script, { root: false, timeoutMs }))
      context.diagnostic(
        `${Math.round(moreBytes / 1e6)} MB more, ${Math.round(performance.now() - began)} ms`,
      )
      assert.deepEqual([value(ran).code, value(ran).truncated], [5, true])
      assert.ok(moreBytes < mostMoreBytes, `${moreBytes} bytes more`)
    })
  }

  test('a file that is longer than the host had said is not read on, nor kept', async () => {
    const path = join(server.dir, 'package.deb')
    writeFileSync(path, 'x'.repeat(1000))
    const seen: number[] = []
    const got = await host.receive(path, (chunk) => void seen.push(chunk.length), {
      timeoutMs,
      maxBytes: 999,
    })
    assert.equal(got.ok ? '' : got.problems[0]?.code, 'host/receive-too-long')
    assert.ok(seen.reduce((sum, length) => sum + length, 0) <= 999)
  })

  // Fault 21, hosts: a package file without end. Outcome: it fills neither memory nor disk of the controller.
  test('a package file without end fills neither memory nor disk of the controller', async () => {
    symlinkSync('/dev/zero', join(server.dir, 'endless.deb'))
    const store = value(await storeOpen(join(server.dir, 'store')))
    const about = { version: '1', source: 'repository', name: 'a', architecture: 'all' } as const
    const file = { ...about, sha256: '0'.repeat(64), bytes: 1 << 20, path: join(server.dir, 'endless.deb') }
    const { value: got, moreBytes } = await memoryOf(() =>
      receiveInto(host, [file], store, { fetchedAt: '2026-11-21T00:00:00.000Z', timeoutMs: 10_000 }),
    )
    assert.equal(got.ok ? '' : got.problems[0]?.code, 'host/receive-too-long')
    assert.ok(moreBytes < mostMoreBytes, `${moreBytes} bytes more`)
  })
})

test('a web page without end is a bad answer at the time limit, and is not kept', async (context) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const piece = Buffer.alloc(65_536, '<')
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
    }
    socket.on('drain', more)
    socket.once('data', more)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const noHost = (): never => assert.fail('asked from here')
  const { value: answer, moreBytes } = await memoryOf(() =>
    runProbe({ name: 'web', within: 2000, http: { url } }, { host: noHost, now: () => performance.now() }),
  )
  assert.equal(answer.outcome, 'bad')
  assert.ok(moreBytes < mostMoreBytes, `${moreBytes} bytes more`)
})

test('what the estate names as a file, and is a device without end, is not read', async (context) => {
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-flood-'))
  context.after(() => rmSync(dir, { recursive: true, force: true }))
  const o = { env: {}, directory: dir, learned: () => {} }
  const secret = await readSecret({ kind: 'file', path: '/dev/zero' }, o)
  assert.equal(secret.ok ? '' : secret.problems[0]?.code, 'secret/not-read')
  const known = await readKnownHosts('/dev/zero')
  assert.deepEqual(known.ok ? '' : [known.problems[0]?.code, known.problems[0]?.found], [
    'host/known-hosts',
    'a device',
  ])
  const flood = await readSecret({ kind: 'command', command: ['cat', '/dev/zero'] }, o)
  assert.equal(flood.ok ? '' : flood.problems[0]?.code, 'secret/not-read')
})
