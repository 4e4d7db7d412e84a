import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { relay } from '../../connect/relay.ts'
import { connectSsh, type Host } from '../../connect/ssh.ts'
import type { Result } from '../../schemas/problem.ts'
import { mayMount, tinyDisk } from '../core/tiny-disk.ts'
import { sessions, startServer, type TestServer } from './sshd.ts'

const timeoutMs = 60_000
const numbers = 'seq 1 300000'
const text = Array.from({ length: 300_000 }, (_, index) => `${index + 1}\n`).join('')
const sha256 = createHash('sha256').update(text).digest('hex')

function value<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(JSON.stringify(result.problems))
  return result.value
}

function code(result: Result<unknown>): string {
  return result.ok ? 'ok' : (result.problems[0]?.code ?? '')
}

describe('bytes from one host to another', { skip: !mayMount && 'needs root' }, () => {
  let servers: readonly TestServer[] = []
  let from: Host
  let to: Host
  let directory: string

  before(async () => {
    servers = await Promise.all([startServer(), startServer()])
  })
  after(async () => {
    await Promise.all(servers.map((server) => server.stop()))
  })
  beforeEach(async () => {
    const [source, target] = servers
    assert.ok(source && target)
    from = value(await connectSsh(source.target('erp-1'), { timeoutMs }))
    to = value(await connectSsh(target.target('archive'), { timeoutMs }))
    directory = mkdtempSync(join(tmpdir(), 'upkeep-archive-'))
  })
  afterEach(() => {
    from.close()
    to.close()
    rmSync(directory, { recursive: true, force: true })
  })

  function send(
    script = numbers,
    o: {
      readonly name?: string
      readonly directory?: string
      readonly ms?: number
      readonly reserve?: string
    } = {},
  ) {
    const { name = 'a.tar', reserve = '1%' } = o
    const place = { host: to, directory: o.directory ?? directory, name, reserve }
    return relay({ host: from, script, args: [] }, place, o.ms ?? timeoutMs)
  }

  /** The process that writes what comes, once there is one. */
  async function writer(): Promise<number> {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .find((pid) => {
          try {
            const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
            return words.startsWith('dd\0bs=1048576\0count=') && statSync(`/proc/${pid}/fd/1`).size > 0
          } catch {
            return false
          }
        })
      if (found !== undefined) return Number(found)
      await sleep(20)
    }
    assert.fail('nobody writes')
  }

  function pipes(): readonly string[] {
    return readdirSync('/run').filter((name) => name.startsWith('upkeep-archive.'))
  }

  /** Other tests make such pipes too: these are theirs until they end, and what stays was left behind. */
  async function gone(seen: readonly string[]): Promise<void> {
    const deadline = Date.now() + 60_000
    let left = seen
    while (left.length > 0 && Date.now() < deadline) {
      await sleep(100)
      const now = new Set(pipes())
      left = left.filter((name) => now.has(name))
    }
    assert.deepEqual(left, [])
  }

  test('arrive as they are, for root only, and have their name once they were read back', async () => {
    const sent = value(await send())
    assert.deepEqual([sent.bytes, sent.sha256], [text.length, sha256])
    assert.deepEqual(readdirSync(directory), ['.upkeep-new.a.tar'])
    value(await sent.commit())
    assert.deepEqual(readdirSync(directory), ['a.tar'])
    assert.equal(readFileSync(join(directory, 'a.tar'), 'utf8'), text)
    assert.equal(statSync(join(directory, 'a.tar')).mode & 0o777, 0o600)
    await gone(pipes())
  })

  test('what the script says else is told, and nothing is an archive too', async () => {
    const sent = value(await send('echo said >&2'))
    assert.deepEqual([sent.bytes, sent.said], [0, 'said\n'])
    await sent.discard()
    assert.deepEqual(readdirSync(directory), [])
  })

  // Fault, clean up: the host of the archive writes slower than the other reads. Outcome: it is waited for, and the controller keeps nothing.
  test('whoever writes slower is waited for, and nothing is kept meanwhile', async () => {
    const sending = send('head -c 400000000 /dev/zero')
    const pid = await writer()
    process.kill(pid, 'SIGSTOP')
    const before_ = process.memoryUsage().rss
    await sleep(3000)
    const grown = process.memoryUsage().rss - before_
    process.kill(pid, 'SIGCONT')
    const sent = value(await sending)
    assert.ok(grown < 60_000_000, `${grown} bytes more while the writer stood still`)
    assert.equal(sent.bytes, 400_000_000)
    value(await sent.commit())
    assert.equal(statSync(join(directory, 'a.tar')).size, 400_000_000)
  })

  // Fault, clean up: the host of the archive can not write. Outcome: nothing has the name, and the source is not asked to go on.
  test('a disk that takes nothing is told, and leaves nothing', async (context) => {
    const disk = tinyDisk(context, 16 << 20)
    chmodSync(disk, 0o700)
    execFileSync('mount', ['-o', 'remount,ro', disk])
    const sent = await send('cat /dev/zero', { directory: disk })
    assert.equal(code(sent), 'archive/write')
    assert.match(sent.ok ? '' : (sent.problems[0]?.found ?? ''), /[Rr]ead-only file system/)
    assert.deepEqual(readdirSync(disk), [])
  })

  for (const [which, index] of [
    ['the other host', 1],
    ['the source', 0],
  ] as const) {
    // Fault, clean up: a link is cut while an archive is on its way. Outcome: nothing has its name, and the next try is whole.
    test(`a link to ${which} that is cut leaves nothing under the name`, async () => {
      const sending = send('head -c 2000000 /dev/zero; exec sleep 300', { ms: 30_000 })
      await writer()
      for (const pid of sessions(servers[index]?.pid ?? 0)) process.kill(pid, 'SIGKILL')
      const cutMs = Date.now()
      assert.equal(code(await sending), 'host/lost')
      assert.ok(Date.now() - cutMs < 10_000, 'nobody waits for what is gone')
      assert.equal(existsSync(join(directory, 'a.tar')), false)
      const [source, target] = servers
      assert.ok(source && target)
      if (index === 0) from = value(await connectSsh(source.target('erp-1'), { timeoutMs }))
      else to = value(await connectSsh(target.target('archive'), { timeoutMs }))
      const sent = value(await send())
      value(await sent.commit())
      assert.deepEqual(readdirSync(directory), ['a.tar'])
      assert.equal(readFileSync(join(directory, 'a.tar'), 'utf8'), text)
    })
  }

  test('a source that ends badly is told, and leaves nothing', async () => {
    const sent = await send(`${numbers}; echo "no more" >&2; exit 3`)
    assert.equal(code(sent), 'archive/source')
    assert.match(sent.ok ? '' : (sent.problems[0]?.found ?? ''), /no more/)
    assert.deepEqual(readdirSync(directory), [])
  })

  // Fault, clean up: another controller takes over while this one archives. Outcome: it is refused at both ends.
  test('a controller that was overtaken is refused at both ends', async (context) => {
    const estate = `relay-${process.pid}`
    const old = { estate, token: 1, holder: 'old' }
    context.after(() => {
      for (const ending of ['', '.lock']) rmSync(`/var/lib/upkeep/fence-${estate}${ending}`, { force: true })
    })
    value(await to.run('true', { root: true, fence: { ...old, token: 2, holder: 'new' }, timeoutMs }))
    const place = { host: to, directory, name: 'a.tar', reserve: '1%' }
    const source = { host: from, script: numbers, args: [] }
    assert.equal(code(await relay({ ...source, fence: old }, place, timeoutMs)), 'host/fenced')
    assert.equal(code(await relay(source, { ...place, fence: old }, timeoutMs)), 'host/fenced')
    assert.deepEqual(readdirSync(directory), [])
  })

  // Fault, clean up: the disk of the archive gives back other bytes. Outcome: no archive, and the source stays.
  test('bytes that read back otherwise are no archive', async () => {
    const sent = value(await send())
    writeFileSync(join(directory, '.upkeep-new.a.tar'), text.replace('4711', '4712'))
    assert.equal(code(await sent.commit()), 'archive/differs')
    assert.deepEqual(readdirSync(directory), [])
  })

  // Fault, clean up: another file has the name of the archive. Outcome: it stays; the same bytes are the archive of an earlier try.
  test('a name that is taken by other bytes stays taken; the same bytes are there already', async () => {
    const path = join(directory, 'a.tar')
    writeFileSync(path, 'other')
    assert.equal(code(await value(await send()).commit()), 'archive/taken')
    assert.equal(readFileSync(path, 'utf8'), 'other')
    writeFileSync(path, text)
    value(await value(await send()).commit())
    assert.deepEqual(readdirSync(directory), ['a.tar'])
    rmSync(path)
    const aside = join(directory, 'aside')
    writeFileSync(aside, text)
    symlinkSync(aside, path)
    assert.equal(code(await value(await send()).commit()), 'archive/taken')
    assert.deepEqual(readdirSync(directory).toSorted(), ['a.tar', 'aside'])
  })

  // Fault, clean up: the file system of the archive has no hard links. Outcome: the archive has its name all the same, and takes none from another file.
  test('a file system without hard links gives the name by a rename that replaces nothing', async (context) => {
    const noLinks = 'mount --bind /usr/bin/false "$(command -v ln)" && exec "$@"'
    const server = await startServer({ around: ['unshare', '-m', 'sh', '-c', noLinks, 'sh'] })
    context.after(() => server.stop())
    to.close()
    to = value(await connectSsh(server.target('archive'), { timeoutMs }))
    const path = join(directory, 'a.tar')
    value(await value(await send()).commit())
    assert.equal(readFileSync(path, 'utf8'), text)
    value(await value(await send()).commit())
    writeFileSync(path, 'other')
    assert.equal(code(await value(await send()).commit()), 'archive/taken')
    assert.equal(readFileSync(path, 'utf8'), 'other')
    assert.deepEqual(readdirSync(directory), ['a.tar'])
  })

  // Fault, clean up: others may write in the directory of the archive. Outcome: refused before a byte is sent.
  test('a directory in which others could put another file is refused', async () => {
    const inner = join(directory, 'in')
    mkdirSync(inner)
    chmodSync(directory, 0o755)
    const refused = async (place: string, says: RegExp) => {
      const sent = await send(numbers, { directory: place })
      assert.equal(code(sent), 'archive/directory')
      assert.match(sent.ok ? '' : (sent.problems[0]?.found ?? ''), says)
    }
    chmodSync(inner, 0o1777)
    await refused(inner, /has mode 1777/)
    chmodSync(inner, 0o700)
    chmodSync(directory, 0o775)
    await refused(inner, /has mode 775/)
    chmodSync(directory, 0o755)
    chownSync(directory, 1234, 0)
    await refused(inner, /belongs to user 1234/)
    chownSync(directory, 0, 0)
    symlinkSync(inner, join(directory, 'link'))
    await refused(join(directory, 'link'), /is no directory/)
    await refused(join(directory, 'nowhere'), /is no directory/)
    assert.deepEqual(readdirSync(inner), [])
    value(await send(numbers, { directory: inner }))
  })

  test('nobody but the connecting user can write into the pipe', async () => {
    const stranger = [
      '--reuid=65534',
      '--clear-groups',
      'sh',
      '-c',
      'sleep 1; echo y >/run/upkeep-archive.*/in',
    ]
    const as = spawn('setpriv', stranger, { stdio: 'ignore' })
    const closed = new Promise<number | null>((resolve) => as.on('close', resolve))
    const sent = value(await send('sleep 2; echo x'))
    assert.notEqual(await closed, 0)
    assert.equal(sent.bytes, 2)
    await sent.discard()
  })
})
