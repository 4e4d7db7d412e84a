import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'

import { type Probe, runProbe } from '../../connect/probe.ts'
import { connectSsh, type Host } from '../../connect/ssh.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import { startServer, type TestServer } from './sshd.ts'

const within = 2000

describe('a probe', () => {
  let server: TestServer
  let closed: TestServer
  let web: Server
  let port = 0
  let host: Result<Host>
  let closedHost: Result<Host>
  before(async () => {
    server = await startServer()
    closed = await startServer({ config: 'AllowTcpForwarding no' })
    host = await connectSsh(server.target('app'), { timeoutMs: 10_000 })
    closedHost = await connectSsh(closed.target('closed'), { timeoutMs: 10_000 })
    web = createServer((asked, answer) => {
      if (asked.url === '/slow') return void setTimeout(() => answer.end('late'), 400)
      if (asked.url === '/never') return
      answer.statusCode = asked.url === '/gone' ? 404 : 200
      answer.end(`welcome to ${asked.headers.host} \u001b[31m升级`)
    })
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    port = (web.address() as AddressInfo).port
  })
  after(async () => {
    for (const each of [host, closedHost]) if (each.ok) each.value.close()
    web.closeAllConnections()
    web.close()
    await server.stop()
    await closed.stop()
  })

  async function outcome(probe: Probe, on: Result<Host> = host): Promise<string> {
    const answer = await runProbe(probe, { host: async () => on, now: () => performance.now() })
    assert.equal(answer.name, 'p')
    return `${answer.outcome}: ${answer.said}`
  }

  test('asks a web address from here', async () => {
    const url = `http://127.0.0.1:${port}`
    assert.equal(await outcome({ name: 'p', within, http: { url } }), 'good: status 200')
    assert.equal(
      await outcome({ name: 'p', within, http: { url: `${url}/gone` } }),
      'bad: status 404, expected 200',
    )
    assert.match(await outcome({ name: 'p', within, http: { url, expect: { contains: '升级' } } }), /^good/)
    assert.match(
      await outcome({ name: 'p', within, http: { url, expect: { contains: 'nope' } } }),
      /^bad.*nope/,
    )
    assert.match(
      await outcome({ name: 'p', within, http: { url: `${url}/gone`, expect: { status: 404 } } }),
      /^good/,
    )
    assert.match(
      await outcome({ name: 'p', within, http: { url: 'http://127.0.0.1:1' } }),
      /^bad.*ECONNREFUSED/,
    )
    assert.equal(
      await outcome({ name: 'p', within: 200, http: { url: `${url}/never` } }),
      'bad: no answer within 200 ms',
    )
    assert.equal(
      await outcome({ name: 'p', within: 200, http: { url: `${url}/slow` } }),
      'bad: no answer within 200 ms',
    )
  })

  test("asks a web address through the host's own connection, under any name", async () => {
    const http = {
      port,
      path: '/',
      hostHeader: 'erp.example',
      expect: { contains: 'welcome to erp.example' },
    }
    assert.equal(await outcome({ name: 'p', within, http }), 'good: status 200')
    assert.match(await outcome({ name: 'p', within, http: { port: 1 } }), /^bad/)
    assert.match(await outcome({ name: 'p', within, http }, closedHost), /^unknown/)
  })

  test('asks a port from here and on the host', async () => {
    assert.match(await outcome({ name: 'p', within, tcp: { port } }), /^good/)
    assert.match(await outcome({ name: 'p', within, tcp: { port: 1 } }), /^bad/)
    assert.match(await outcome({ name: 'p', within, tcp: { port, address: '127.0.0.1' } }), /^good/)
    assert.match(await outcome({ name: 'p', within, tcp: { port: 1, address: '127.0.0.1' } }), /^bad/)
  })

  test('runs a command on the host, with its words unchanged', async () => {
    const run = ['test', "it's $HOME", '=', "it's $HOME"]
    assert.match(await outcome({ name: 'p', within, command: { run } }), /^good/)
    assert.equal(
      await outcome({
        name: 'p',
        within,
        command: { run: ['sh', '-c', 'printf "\\033[31mno\\nway" >&2; exit 4'] },
      }),
      'bad: exit code 4: no way',
    )
    assert.equal(
      await outcome({ name: 'p', within: 300, command: { run: ['sleep', '9'] } }),
      'bad: no answer within 300 ms',
    )
  })

  test('that can not be asked is unknown', async () => {
    const gone = fail({ code: 'host/unreachable', what: 'No SSH connection to the host.' })
    const probe: Probe = { name: 'p', within, command: { run: ['true'] } }
    assert.equal(await outcome(probe, gone), 'unknown: No SSH connection to the host.')
    const lost = await connectSsh(server.target('lost'), { timeoutMs: 10_000 })
    assert.ok(lost.ok)
    lost.value.close()
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.match(await outcome(probe, ok(lost.value)), /^unknown/)
    assert.match(await outcome({ name: 'p', within, tcp: { port } }, ok(lost.value)), /^unknown/)
  })

  test('that is slow by the clock is bad with its time', async () => {
    let time = 0
    const now = () => (time += 5000)
    const answer = await runProbe(
      { name: 'p', within, command: { run: ['true'] } },
      { host: async () => host, now },
    )
    assert.deepEqual([answer.outcome, answer.ms, answer.said], ['bad', 5000, 'slow: 5000 ms, limit 2000 ms'])
  })
})
