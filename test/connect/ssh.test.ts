import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { connectSsh, type Host } from '../../connect/ssh.ts'
import type { Result } from '../../schemas/problem.ts'
import { sessions, startServer, type TestServer } from './sshd.ts'

const timeoutMs = 10_000

function value<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(JSON.stringify(result.problems))
  return result.value
}

describe('a script on a host', () => {
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

  test('answers with code, output and errors apart', async () => {
    const ran = value(await host.run('echo out; echo err >&2; exit 3', { root: false, timeoutMs }))
    assert.deepEqual(ran, { code: 3, stdout: 'out\n', stderr: 'err\n', truncated: false, lost: false })
  })

  test('gets its arguments unchanged and finds an empty standard input', async () => {
    const args = ['', "it's", '$(id)', '-n', 'a\nb', '*', '\\', '升级完成']
    const ran = value(
      await host.run('for word; do printf "%s\\0" "$word"; done; cat; wc -c', {
        root: true,
        args,
        timeoutMs,
      }),
    )
    assert.equal(ran.stdout, `${args.map((word) => `${word}\0`).join('')}0\n`)
  })

  test('may have functions, here-documents, unbalanced braces in quotes, and an early exit', async () => {
    const script = `f() { cat <<'END'\n}\nit's $here\nEND\n}\nf\necho "}"\nread line || echo nothing to read\nexit 7\necho no`
    const ran = value(await host.run(script, { root: false, timeoutMs }))
    assert.equal(ran.stdout, "}\nit's $here\n}\nnothing to read\n")
    assert.equal(ran.code, 7)
  })

  test('that is no shell script at all fails with a code', async () => {
    const ran = value(await host.run('echo before; }', { root: false, timeoutMs }))
    assert.equal(ran.code, 2)
  })

  // Fault 21, hosts: a script prints 200 MB. Outcome: 1 MiB is kept, and the memory with it.
  test('keeps 1 MiB of 200 MB and the memory with it', async () => {
    const before = process.memoryUsage().rss
    const ran = value(await host.run('head -c 200000000 /dev/zero; exit 5', { root: false, timeoutMs }))
    assert.equal(ran.code, 5)
    assert.equal(ran.truncated, true)
    assert.equal(ran.stdout.length, 1 << 20)
    assert.ok(process.memoryUsage().rss - before < 120e6, `${process.memoryUsage().rss - before} bytes more`)
  })

  // Fault 21, hosts: text is cut in the middle of a character, or is no UTF-8. Outcome: no character breaks.
  test('has its text decoded whole, however it was cut on the way', async () => {
    const split = String.raw`printf '\345\215'; sleep 0.2; printf '\207\347'; sleep 0.2; printf '\272\247完成\377'`
    const ran = value(await host.run(split, { root: false, timeoutMs }))
    assert.equal(ran.stdout, '升级完成\ufffd')
    const cut = value(await host.run('printf 升级完成', { root: false, timeoutMs, maxBytes: 7 }))
    assert.deepEqual([cut.stdout, cut.truncated], ['升级', true])
  })

  // Fault 22, links: a script does not end.
  // Outcome: its fate is unknown after its deadline, and the connection still works.
  test('has a deadline, after which its fate is unknown and the connection still works', async () => {
    const ran = value(await host.run('echo begun; sleep 30', { root: false, timeoutMs: 1500 }))
    assert.deepEqual([ran.code, ran.lost, ran.stdout], [null, false, 'begun\n'])
    assert.equal(value(await host.run('echo on', { root: false, timeoutMs })).stdout, 'on\n')
  })

  // Fault, hosts: a script is killed by a signal. Outcome: neither success nor failure.
  test('killed by a signal is neither success nor failure', async () => {
    const ran = value(await host.run('kill -9 $$', { root: false, timeoutMs }))
    assert.deepEqual([ran.code, ran.lost], [null, false])
  })

  test('beside thirty others waits for a place instead of being refused', async () => {
    const runs = Array.from({ length: 30 }, () => host.run('sleep 0.1; echo x', { root: false, timeoutMs }))
    for (const ran of await Promise.all(runs)) assert.equal(value(ran).stdout, 'x\n')
  })

  test('waits for a session where the server allows only two, and says so when none gets free in its time', async () => {
    const narrow = await startServer({ config: 'MaxSessions 2' })
    const there = value(await connectSsh(narrow.target('narrow'), { timeoutMs }))
    try {
      const runs = Array.from({ length: 8 }, () => there.run('sleep 0.1; echo x', { root: false, timeoutMs }))
      for (const ran of await Promise.all(runs)) assert.equal(value(ran).stdout, 'x\n')
      const long = [1, 2].map(() => there.run('sleep 4', { root: false, timeoutMs }))
      await sleep(500)
      const none = await there.run('echo never', { root: false, timeoutMs: 600 })
      assert.equal(none.ok ? '' : none.problems[0]?.code, 'host/no-session')
      for (const ran of await Promise.all(long)) assert.equal(value(ran).code, 0)
    } finally {
      there.close()
      await narrow.stop()
    }
  })

  // Fault 3, links: the connection is cut while a script runs.
  // Outcome: it is called lost, and so is what is asked over it later; the controller goes on.
  test('whose connection is cut is lost, and the process goes on', async () => {
    const others = sessions(server.pid)
    const cut = value(await connectSsh(server.target('cut'), { timeoutMs }))
    const running = cut.run('echo begun; sleep 30', { root: false, timeoutMs })
    await sleep(1500)
    for (const pid of sessions(server.pid)) if (!others.includes(pid)) process.kill(pid, 'SIGKILL')
    const ran = value(await running)
    assert.deepEqual([ran.code, ran.lost, ran.stdout], [null, true, 'begun\n'])
    const next = await cut.run('echo', { root: false, timeoutMs })
    assert.equal(next.ok ? '' : next.problems[0]?.code, 'host/lost')
  })

  test('answers small questions on the open connection, without a session; and none once it is gone', async () => {
    const trips = await host.roundTrips(5, { timeoutMs: 2_000, now: () => performance.now() })
    assert.equal(trips.length, 5)
    for (const ms of trips) assert.ok(ms > 0 && ms < 2_000, `${ms}`)
    const gone = value(await connectSsh(server.target('gone'), { timeoutMs }))
    gone.close()
    await sleep(200)
    assert.deepEqual(await gone.roundTrips(5, { timeoutMs: 300, now: () => performance.now() }), [])
  })

  test('gives up what only reads once it has printed more than is kept', async () => {
    const begun = Date.now()
    const ran = value(
      await host.run('yes; exit 3', {
        root: false,
        timeoutMs: 60_000,
        maxBytes: 100_000,
        stopWhenFull: true,
      }),
    )
    assert.deepEqual([ran.code, ran.lost, ran.truncated], [null, false, true])
    assert.ok(Date.now() - begun < 10_000)
  })

  test('is reached by streams, which are refused where nothing listens', async () => {
    const stream = value(await host.openTcp(server.port))
    const banner = await new Promise<Buffer>((resolve) => stream.once('data', resolve))
    assert.match(banner.toString(), /^SSH-2.0-OpenSSH/)
    stream.destroy()
    const refused = await host.openTcp(1)
    assert.equal(refused.ok ? '' : refused.problems[0]?.code, 'host/forward-refused')
  })

  // Fault 4, links: a file arrives with other bytes than announced. Outcome: it is there whole, or not at all.
  test('gets files whole or not at all, and gives them back', async () => {
    const bytes = randomBytes(3_000_000)
    const local = `${server.dir}/local`
    writeFileSync(local, bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const path = `${server.dir}/it's a file`
    const good = { from: local, to: path, sha256 }
    value(await host.send([good], { timeoutMs }))
    const chunks: Buffer[] = []
    const got = value(
      await host.receive(path, (chunk) => void chunks.push(chunk), { timeoutMs, maxBytes: bytes.length }),
    )
    assert.deepEqual(got, { bytes: bytes.length, sha256 })
    assert.ok(Buffer.concat(chunks).equals(bytes))

    const wrong = await host.send([{ ...good, to: `${server.dir}/other`, sha256: '0'.repeat(64) }], {
      timeoutMs,
    })
    assert.equal(wrong.ok ? '' : wrong.problems[0]?.code, 'host/send-differs')
    const left = value(
      await host.run('ls -A "$1"; ls /var/tmp', { root: true, args: [server.dir], timeoutMs }),
    )
    assert.doesNotMatch(left.stdout, /^other$|^\.?upkeep\./m)

    const missing = await host.receive(`${server.dir}/missing`, () => {}, { timeoutMs, maxBytes: 1 })
    assert.equal(missing.ok ? '' : missing.problems[0]?.code, 'host/receive')
    const directory = await host.send([{ ...good, to: server.dir }], { timeoutMs })
    assert.equal(directory.ok ? '' : directory.problems[0]?.code, 'host/send')
  })

  test('gets many files together, an empty one too; one that is wrong is named, and those after it are not there', async () => {
    const files = [70_000, 0, 1, 300_001, 5].map((size, at) => {
      // Directories are made where they are not there.
      const [from, to] = [`${server.dir}/from ${at}`, `${server.dir}/not there/yet/to ${at}`]
      const bytes = randomBytes(size)
      writeFileSync(from, bytes)
      return { from, to, sha256: createHash('sha256').update(bytes).digest('hex') }
    })
    value(await host.send(files, { timeoutMs }))
    for (const { from, to } of files) assert.ok(readFileSync(to).equals(readFileSync(from)), to)
    const again = files.map((file, at) => ({
      ...file,
      to: `${file.to} again`,
      ...(at === 3 ? { sha256: '0'.repeat(64) } : {}),
    }))
    const wrong = await host.send(again, { timeoutMs })
    const [problem] = wrong.ok ? [] : wrong.problems
    assert.deepEqual(
      [problem?.code, problem?.where],
      ['host/send-differs', `${host.name}:${server.dir}/not there/yet/to 3 again`],
    )
    assert.match(problem?.found ?? '', /^300001 bytes, sha256 /)
    const there = again.map(({ to }) => existsSync(to))
    assert.deepEqual(there, [true, true, true, false, false])
    const [one] = files.slice(4)
    assert.ok(one)
    const many = Array.from({ length: 120 }, (_, at) => ({ ...one, to: `${server.dir}/many/${at}` }))
    value(await host.send(many, { timeoutMs }))
    for (const { to } of many) assert.ok(readFileSync(to).equals(readFileSync(one.from)), to)
    const left = value(await host.run('ls -A "$1" /var/tmp', { root: true, args: [server.dir], timeoutMs }))
    assert.doesNotMatch(left.stdout, /^\.?upkeep\./m)
  })
})
