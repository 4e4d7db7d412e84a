import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { hostPool } from '../../connect/pool.ts'
import type { ConnectOptions } from '../../connect/ssh.ts'
import type { Host } from '../../connect/remote.ts'
import type { Target } from '../../connect/target.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { sessions, startServer } from './sshd.ts'

const timeoutMs = 10_000

function pretended(names: readonly string[]) {
  const targets = names.map((name): Target => ({
    name,
    address: '192.0.2.1',
    port: 22,
    user: 'upkeep',
    auth: { agent: '/nowhere' },
    knownHosts: '/nowhere',
    sudo: { mode: 'none' },
  }))
  const seen = { now: 0, most: 0, made: 0, refuse: false, closes: [] as (() => void)[] }
  async function connect(target: Target, o: ConnectOptions): Promise<Result<Host>> {
    seen.now += 1
    seen.most = Math.max(seen.most, seen.now)
    await sleep(5)
    seen.now -= 1
    if (seen.refuse) return fail({ code: 'host/unreachable', what: 'No.' })
    seen.made += 1
    const close = () => o.onClose?.()
    seen.closes.push(close)
    return ok({ name: target.name, close } as Host)
  }
  return { targets, seen, connect }
}

describe('a pool', () => {
  test('opens one connection a host, and a few at the same time', async () => {
    const { targets, seen, connect } = pretended(Array.from({ length: 40 }, (_, i) => `h${i}`))
    const pool = hostPool(targets, { timeoutMs, handshakes: 5, connect })
    const hosts = await Promise.all([...targets, ...targets].map((target) => pool.get(target.name)))
    assert.deepEqual([seen.made, seen.most, hosts.length], [40, 5, 80])
    assert.equal(hosts[0], hosts[40])
  })

  test('a login is another connection each time, and the one that is open stays', async () => {
    const { targets, seen, connect } = pretended(['a'])
    const pool = hostPool(targets, { timeoutMs, connect })
    const open = await pool.get('a')
    const logins = [await pool.login('a'), await pool.login('a')]
    assert.equal(seen.made, 3)
    for (const login of logins) {
      assert.ok(login.ok && open.ok && login.value !== open.value)
      login.value.close()
    }
    assert.equal(await pool.get('a'), open)
    pool.closeAll()
    assert.equal((await pool.login('a')).ok, false)
  })

  test('connects anew after a loss and after a failure, and names what it does not know', async () => {
    const { targets, seen, connect } = pretended(['a'])
    const pool = hostPool(targets, { timeoutMs, connect })
    seen.refuse = true
    assert.equal((await pool.get('a')).ok, false)
    seen.refuse = false
    assert.equal((await pool.get('a')).ok, true)
    seen.closes[0]?.()
    await pool.get('a')
    assert.equal(seen.made, 2)
    seen.closes[0]?.() // the old one, told twice, must not take the new one with it
    await pool.get('a')
    assert.equal(seen.made, 2)
    const unnamed = await pool.get('b')
    assert.equal(unnamed.ok ? '' : unnamed.problems[0]?.code, 'host/not-named')
    pool.closeAll()
    assert.equal((await pool.get('a')).ok, false)
  })

  test('finds a real host again whose connection was cut', async () => {
    const server = await startServer()
    const pool = hostPool([server.target('app')], { timeoutMs })
    const first = await pool.get('app')
    assert.equal(
      await pool.get('app').then((host) => host.ok && first.ok && host.value === first.value),
      true,
    )
    for (const pid of sessions(server.pid)) process.kill(pid, 'SIGKILL')
    await sleep(200)
    const next = await pool.get('app')
    assert.ok(next.ok)
    const ran = await next.value.run('echo again', { root: false, timeoutMs })
    assert.equal(ran.ok && ran.value.stdout, 'again\n')
    pool.closeAll()
    await server.stop()
  })
})
