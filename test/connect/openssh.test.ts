import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'

import { connectOpenSsh, sshArguments } from '../../connect/openssh.ts'
import type { Result } from '../../schemas/problem.ts'
import { startServer, type TestServer } from './sshd.ts'

const timeoutMs = 10_000

function value<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(JSON.stringify(result.problems))
  return result.value
}
function code(result: Result<unknown>): string {
  return result.ok ? 'in' : (result.problems[0]?.code ?? '')
}

describe("the system's ssh as a connector", () => {
  let server: TestServer
  let hop: TestServer
  before(async () => {
    server = await startServer()
    hop = await startServer()
    writeFileSync(`${hop.dir}/authorized`, readFileSync(`${server.dir}/user.pub`))
  })
  after(async () => {
    await server.stop()
    await hop.stop()
  })

  test('runs scripts, opens streams and moves files as the other one does', async () => {
    const host = value(await connectOpenSsh(server.target('app'), { timeoutMs }))
    const args = ["it's", '$HOME']
    const ran = value(await host.run('printf "%s\\n" "$@"; exit 3', { root: true, args, timeoutMs }))
    assert.deepEqual([ran.code, ran.stdout, ran.lost], [3, "it's\n$HOME\n", false])
    const unknown = value(await host.run('exit 255', { root: true, timeoutMs }))
    assert.deepEqual([unknown.code, unknown.lost], [null, true])
    const late = value(await host.run('sleep 20', { root: true, timeoutMs: 400 }))
    assert.deepEqual([late.code, late.lost], [null, false])
    const got = value(await host.receive('/etc/hostname', () => {}, { timeoutMs, maxBytes: 1000 }))
    assert.equal(got.bytes, readFileSync('/etc/hostname').length)
    const stream = value(await host.openTcp(server.port))
    assert.match(String(await new Promise((resolve) => stream.once('data', resolve))), /^SSH-2.0/)
    stream.destroy()
    host.close()
  })

  test('goes through a jump host, each recognised by its own name', async () => {
    const jump = { ...hop.target('hop'), auth: { key: `${server.dir}/user` } }
    const host = value(await connectOpenSsh(server.target('app', { jump }), { timeoutMs }))
    assert.equal(value(await host.run('echo in', { root: false, timeoutMs })).stdout, 'in\n')
    const strange = { ...jump, knownHosts: hop.known('') }
    assert.equal(
      code(await connectOpenSsh(server.target('app', { jump: strange }), { timeoutMs })),
      'host/key-refused',
    )
  })

  test('refuses unknown and changed keys, and takes a certificate', async () => {
    const changed = `[127.0.0.1]:${server.port} ${hop.publicKey('ed25519')}\n`
    for (const known of ['', changed])
      assert.equal(
        code(await connectOpenSsh(server.target('app', { knownHosts: server.known(known) }), { timeoutMs })),
        'host/key-refused',
      )
    const quiet = { stdio: 'ignore' } as const
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${hop.dir}/ca`], quiet)
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${hop.dir}/person`], quiet)
    execFileSync(
      'ssh-keygen',
      ['-s', `${hop.dir}/ca`, '-I', 'x', '-n', 'root', `${hop.dir}/person.pub`],
      quiet,
    )
    writeFileSync(`${hop.dir}/authorized`, `cert-authority ${readFileSync(`${hop.dir}/ca.pub`, 'utf8')}`)
    const person = { ...hop.target('hop'), auth: { key: `${hop.dir}/person` } }
    assert.equal(code(await connectOpenSsh(person, { timeoutMs })), 'in')
    const stranger = { ...hop.target('hop'), auth: { key: `${server.dir}/user` } }
    assert.equal(code(await connectOpenSsh(stranger, { timeoutMs })), 'host/auth-refused')
  })

  // Fault 19, estate files: an address looks like an option of ssh. Outcome: it is given as an address.
  test('is given an address as such, whatever it looks like', () => {
    const target = { ...server.target('app'), address: '-oProxyCommand=touch x' }
    assert.deepEqual(sshArguments(target, timeoutMs).slice(-2), ['--', '-oProxyCommand=touch x'])
    const key = { ...server.target('app'), auth: { key: '/a b/100%"' } }
    assert.throws(() => sshArguments(key, timeoutMs), /path/)
  })
})
