import assert from 'node:assert/strict'
import { chmodSync, readdirSync, statfsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { relay } from '../../connect/relay.ts'
import { connectSsh, type Host } from '../../connect/ssh.ts'
import type { Result } from '../../schemas/problem.ts'
import { mayMount, tinyDisk } from '../core/tiny-disk.ts'
import { startServer, type TestServer } from './sshd.ts'

const timeoutMs = 60_000

function value<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(JSON.stringify(result.problems))
  return result.value
}

function code(result: Result<unknown>): string {
  return result.ok ? 'ok' : (result.problems[0]?.code ?? '')
}

describe('what is to stay free on the host of an archive', { skip: !mayMount && 'needs root' }, () => {
  let server: TestServer
  let host: Host

  before(async () => {
    server = await startServer()
    host = value(await connectSsh(server.target('archive'), { timeoutMs }))
  })
  after(async () => {
    host.close()
    await server.stop()
  })

  function send(script: string, to: { readonly directory: string; readonly reserve: string }) {
    return relay({ host, script, args: [] }, { host, name: 'a.tar', ...to }, timeoutMs)
  }

  for (const [reserve, spareMiB] of [
    ['25%', 120],
    [String(100 << 20), 60],
  ] as const)
    // Fault, clean up: an archive is larger than what the other host has to spare. Outcome: it stops before the reserve, nothing of it is left there, and the source is not asked to go on.
    test(`what is to stay free (${reserve}) stays free while an archive is written, and it is told`, async (context) => {
      const disk = tinyDisk(context, 160 << 20)
      chmodSync(disk, 0o700)
      const free = () => {
        const { bavail, bsize } = statfsSync(disk)
        return bavail * bsize
      }
      let least = free()
      const watch = setInterval(() => (least = Math.min(least, free())), 1)
      const sent = await send('cat /dev/zero', { directory: disk, reserve })
      clearInterval(watch)
      assert.equal(code(sent), 'archive/reserve')
      assert.match(
        sent.ok ? '' : (sent.problems[0]?.found ?? ''),
        /^\d+ bytes are free, and \d+ are to stay so$/,
      )
      assert.deepEqual(readdirSync(disk), [])
      assert.ok(least >= (160 - spareMiB) << 20, `${least} bytes were free`)
      assert.ok(least < (160 - spareMiB + 64) << 20, 'what is to spare is used')
      value(await send('head -c 1000000 /dev/zero', { directory: disk, reserve }))
    })

  test('a host that has less free than is to stay so keeps nothing, however little is sent', async (context) => {
    const disk = tinyDisk(context, 1 << 20)
    chmodSync(disk, 0o700)
    const sent = await send('echo little', { directory: disk, reserve: '10%' })
    assert.equal(code(sent), 'archive/reserve')
    assert.deepEqual(readdirSync(disk), [])
  })
})
