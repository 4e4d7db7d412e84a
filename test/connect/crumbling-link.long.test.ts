import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectSsh } from '../../connect/ssh.ts'
import type { Result } from '../../schemas/problem.ts'
import { type Fate, crumblingLink } from './crumbling-link.ts'
import { startServer, type TestServer } from './sshd.ts'

const size = 1_000_000
const fates: Readonly<Record<string, Fate>> = {
  'comes byte by byte': { slice: 1 },
  'is reset after 3 kB': { after: 3_000 },
  'is reset after 20 kB': { after: 20_000 },
  'is reset after half of it': { after: 500_000 },
  'is reset when nearly all of it is there': { after: 1_004_000 },
  'falls silent after 20 kB': { after: 20_000, then: 'silence' },
  'falls silent after half of it': { after: 500_000, then: 'silence' },
  'falls silent when nearly all of it is there': { after: 1_004_000, then: 'silence' },
}

describe('a file that is sent over a link that crumbles', () => {
  let server: TestServer
  let link: Awaited<ReturnType<typeof crumblingLink>>
  before(async () => {
    server = await startServer({ config: 'ClientAliveInterval 1\nClientAliveCountMax 2' })
    link = await crumblingLink(server.port)
  })
  after(async () => {
    await link.close()
    await server.stop()
  })

  const target = () => {
    const knownHosts = server.known(`[127.0.0.1]:${link.port} ${server.publicKey('ed25519')}\n`)
    return { ...server.target('app', { knownHosts }), port: link.port }
  }
  const staged = () => readdirSync('/var/tmp').filter((name) => name.startsWith('upkeep.'))

  async function sent(from: string, to: string, sha256: string, timeoutMs: number): Promise<Result<void>> {
    const host = await connectSsh(target(), { timeoutMs: 10_000 })
    if (!host.ok) return host
    try {
      return await host.value.send([{ from, to, sha256 }], { timeoutMs })
    } finally {
      host.value.close()
    }
  }

  for (const [says, fate] of Object.entries(fates)) {
    // Fault 4, links: the link crumbles to single bytes, is reset or falls silent at any place of a file that is sent.
    // Outcome: the file is whole or not there at all, the next try is whole, and no copy is left on the host for ever.
    test(`one that ${says}: whole or not there, the next try is whole, and no copy stays`, async () => {
      const bytes = randomBytes(size)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const [from, directory] = [join(server.dir, 'from'), join(server.dir, says.replaceAll(' ', '-'))]
      const to = join(directory, 'file')
      writeFileSync(from, bytes)
      mkdirSync(directory)
      const others = new Set(staged())

      link.befalls(fate)
      const first = await sent(from, to, sha256, fate.then === 'silence' ? 3_000 : 60_000)
      if (fate.after === undefined) assert.ok(first.ok, JSON.stringify(first))
      else
        assert.match(first.ok ? 'sent' : (first.problems[0]?.code ?? ''), /^host\/(lost|send|unreachable)$/)
      if (existsSync(to)) assert.ok(readFileSync(to).equals(bytes))

      link.befalls({})
      assert.ok((await sent(from, to, sha256, 20_000)).ok)
      assert.ok(readFileSync(to).equals(bytes))
      // Where the link was lost when all was there, the copy waits for the next one that sends after an hour.
      const left = () => staged().filter((name) => !others.has(name))
      for (let tries = 0; tries < 10 && left().length > 0; tries += 1) await sleep(100)
      assert.ok(left().length <= (fate.after === undefined ? 0 : 1), left().join())
      const longAgo = new Date(Date.now() - 61 * 60_000)
      for (const name of left()) utimesSync(join('/var/tmp', name), longAgo, longAgo)
      assert.ok((await sent(from, to, sha256, 20_000)).ok)
      assert.deepEqual(left(), [])
      assert.deepEqual(readdirSync(directory), ['file'])
    })
  }
})
