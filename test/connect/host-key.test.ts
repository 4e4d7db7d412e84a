import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'

import { connectSsh } from '../../connect/ssh.ts'
import type { Target } from '../../connect/target.ts'
import { startServer, type TestServer } from './sshd.ts'

const timeoutMs = 10_000

async function codeOf(target: Target): Promise<string> {
  const host = await connectSsh(target, { timeoutMs })
  if (!host.ok)
    return host.problems.map((problem) => `${problem.code} ${problem.where?.split(' ')[0]}`).join()
  const ran = await host.value.run('echo in', { root: false, timeoutMs })
  host.value.close()
  return ran.ok ? ran.value.stdout.trim() : (ran.problems[0]?.code ?? '')
}

describe('a host is recognised before anything is sent', () => {
  let server: TestServer
  let hop: TestServer
  let ecdsaOnly: TestServer
  before(async () => {
    server = await startServer()
    hop = await startServer()
    ecdsaOnly = await startServer({ hostKeys: ['ecdsa'] })
    // The hop and the target let the same key in, as in an estate with one key for all.
    writeFileSync(`${hop.dir}/authorized`, readFileSync(`${server.dir}/user.pub`, 'utf8'))
    writeFileSync(`${ecdsaOnly.dir}/authorized`, readFileSync(`${server.dir}/user.pub`, 'utf8'))
  })
  after(async () => {
    for (const each of [server, hop, ecdsaOnly]) await each.stop()
  })

  function attempts(of: TestServer): number {
    return of.log().split(/userauth-request|Accepted publickey/).length - 1
  }
  function atHop(knownHosts?: string): Target {
    const target = hop.target('hop', knownHosts === undefined ? {} : { knownHosts })
    return { ...target, auth: { key: `${server.dir}/user` } }
  }

  // Fault 14, links: a host key is unknown, changed or revoked. Outcome: no log-in is tried.
  test('unknown, changed and revoked stop it; no log-in is attempted', async () => {
    const before = attempts(server)
    const here = `[127.0.0.1]:${server.port}`
    const wrong = `${here} ${hop.publicKey('ed25519')}\n`
    const revoked = `${here} ${server.publicKey('ed25519')}\n@revoked * ${server.publicKey('ed25519')}\n`
    assert.equal(await codeOf(server.target('app', { knownHosts: server.known('') })), 'host/key-unknown app')
    assert.equal(
      await codeOf(server.target('app', { knownHosts: server.known(wrong) })),
      'host/key-changed app',
    )
    assert.equal(
      await codeOf(server.target('app', { knownHosts: server.known(revoked) })),
      'host/key-revoked app',
    )
    const missing = server.target('app', { knownHosts: '/nowhere' })
    assert.match(await codeOf(missing), /^host\/known-hosts/)
    assert.equal(attempts(server), before)
    assert.equal(await codeOf(server.target('app')), 'in')
    assert.ok(attempts(server) > before)
  })

  test('of its keys the known one is asked for; another kind instead of it is a change', async () => {
    const ecdsa = `[127.0.0.1]:${server.port} ${server.publicKey('ecdsa')}\n`
    assert.equal(await codeOf(server.target('app', { knownHosts: server.known(ecdsa) })), 'in')
    const gone = `[127.0.0.1]:${ecdsaOnly.port} ${ecdsaOnly.publicKey('ed25519')}\n`
    const target = ecdsaOnly.target('app', { knownHosts: server.known(gone) })
    assert.equal(await codeOf(target), 'host/key-changed app')
  })

  test('hashed names are found', async () => {
    const path = server.known(`[127.0.0.1]:${server.port} ${server.publicKey('ed25519')}\n`)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' })
    assert.equal(await codeOf(server.target('app', { knownHosts: path })), 'in')
  })

  // Fault 14, links: a hop has another key. Outcome: it gets nothing.
  test('a hop is recognised by its own name, and gets nothing if it is not', async () => {
    assert.equal(await codeOf(server.target('app', { jump: atHop() })), 'in')
    const attemptsBefore = [attempts(hop), attempts(server)]
    const wrong = `[127.0.0.1]:${hop.port} ${server.publicKey('ed25519')}\n`
    assert.equal(
      await codeOf(server.target('app', { jump: atHop(hop.known(wrong)) })),
      'host/key-changed hop',
    )
    assert.equal(await codeOf(server.target('app', { jump: atHop(hop.known('')) })), 'host/key-unknown hop')
    assert.deepEqual([attempts(hop), attempts(server)], attemptsBefore)
  })

  test('a target behind a right hop is recognised by its own name, and gets nothing if it is not', async () => {
    const before = attempts(server)
    const target = server.target('app', { jump: atHop(), knownHosts: server.known('') })
    assert.equal(await codeOf(target), 'host/key-unknown app')
    assert.equal(attempts(server), before)
  })

  // Fault 22, links: a port never says a word. Outcome: given up in time.
  test('a port that never says a word is given up in time', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const begun = performance.now()
    const host = await connectSsh({ ...server.target('app'), port }, { timeoutMs: 500 })
    assert.equal(host.ok ? '' : host.problems[0]?.code, 'host/unreachable')
    assert.ok(performance.now() - begun < 3000)
    silent.close()
  })

  // Fault 22, links: the name of a host does not resolve. Outcome: given up in time, and the host is named.
  test('a name that does not resolve is given up in time', async () => {
    const begun = performance.now()
    // RFC 6761, 6.4: no such name is ever given out.
    const target = { ...server.target('app'), address: 'no-such-host.invalid' }
    const host = await connectSsh(target, { timeoutMs: 5_000 })
    assert.equal(
      host.ok ? '' : `${host.problems[0]?.code} ${host.problems[0]?.where}`.slice(0, 20),
      'host/unreachable app',
    )
    assert.ok(performance.now() - begun < 10_000)
  })

  test('other trouble has other names', async () => {
    const stranger: Target = { ...server.target('app'), auth: { key: `${hop.dir}/user` } }
    assert.equal(await codeOf(stranger), 'host/auth-refused app')
    assert.equal(await codeOf({ ...server.target('app'), auth: { key: '/nowhere' } }), 'host/key-file app')
    assert.equal(await codeOf({ ...server.target('app'), auth: { key: '/etc/passwd' } }), 'host/key-file app')
    assert.equal(await codeOf({ ...server.target('app'), port: 1 }), 'host/unreachable app')
    assert.equal(
      await codeOf({ ...server.target('app', { jump: atHop() }), port: 1 }),
      'host/forward-refused hop',
    )
  })
})
