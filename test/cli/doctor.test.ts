import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { chmodSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { exitCodes } from '../../core/exit.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import { signingKey } from '../connect/signing-key.ts'
import { startServer } from '../connect/sshd.ts'
import { onlyDocument } from './document.ts'
import { directory, recorded } from './upkeep.ts'

type Seen = { readonly check: string; readonly outcome: string; readonly said: string }

const withoutPackages = `
version: 1
name: small
timeZone: UTC
contacts: { ada: { name: Ada, mail: ada@example.com } }
connection: { user: upkeep, key: key }
mail: { smtp: 'smtp://127.0.0.1:PORT', from: upkeep@example.com, user: u, password: { command: [./password] } }
windows: { always: { days: [monday], start: '00:00', duration: 168h } }
systems:
  crm:
    tier: office
    owner: ada
    window: always
    roles: { web: {} }
    hosts:
      crm-test: { ring: test, roles: [web], packages: none, connection: { address: 192.0.2.1 } }
      crm-1: { ring: production, roles: [web], packages: none, connection: { address: 192.0.2.2 } }
    backup: { command: [./backup], maxAge: 1d }
`

async function doctor(cwd: string, ...more: readonly string[]) {
  const { outside, out, err } = recorded({ cwd })
  const code = await commandLine(outside, ['doctor', '--estate', join(cwd, 'estate.yaml'), ...more])
  return { code, out: out(), err: err() }
}

function program(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
}

test('doctor: hosts that can not be asked are failed checks, each with what to do', async (context) => {
  const cwd = directory(context, true)
  const { code, out } = await doctor(cwd, '--json')
  assert.equal(code, exitCodes.unreachable.code)
  const told = onlyDocument(out) as unknown as {
    ok: boolean
    controller: Seen[]
    hosts: { checks: Seen[] }[]
  }
  assert.equal(told.ok, false)
  assert.equal(told.hosts.length, 10)
  assert.equal(told.controller.find((one) => one.check === 'host keys')?.outcome, 'fail')
  assert.ok(told.hosts.every(({ checks }) => ['connection', 'driver'].includes(checks[0]?.check ?? '')))
  const text = await doctor(cwd, '--system', 'erp')
  assert.match(text.out, /fail {2}connection/)
  assert.match(text.out, /\d+ checks: \d+ failed/)
  assert.ok(text.out)
})

test('doctor: relative commands run beside the estate; a port is asked, no mail sent; no driver is said', async (context) => {
  const cwd = directory(context)
  let lines = ''
  const server = createServer((socket) => socket.on('data', (data) => (lines += data.toString())))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  const { port } = server.address() as { port: number }
  writeFileSync(join(cwd, 'estate.yaml'), withoutPackages.replace('PORT', String(port)))
  writeFileSync(join(cwd, 'known_hosts'), '')
  program(join(cwd, 'password'), 'echo secret-of-the-mail')
  program(join(cwd, 'backup'), `echo '{"time": "2026-11-20T12:00:00Z", "place": "store-2"}'`)
  const { code, out } = await doctor(cwd)
  assert.equal(code, 0, out)
  assert.equal(lines, '')
  assert.match(out, /ok +secrets +1 can be read/)
  assert.match(out, /ok +backup crm +of 2026-11-20T12:00:00Z in store-2/)
  assert.match(out, /ok +driver +no driver for packages: none/)
  assert.ok(!out.includes('secret-of-the-mail'))

  program(join(cwd, 'backup'), 'exit 3')
  const broken = await doctor(cwd)
  assert.equal(broken.code, exitCodes.input.code)
  assert.match(broken.out, /fail +backup crm +the command answered with exit 3/)
})

test('doctor: who signs heads is tried, and whether their places let us in', async (context) => {
  const cwd = directory(context)
  const server = await startServer()
  context.after(() => server.stop())
  const ssh = `address: 127.0.0.1, user: root, key: ${server.dir}/user`
  writeFileSync(
    join(cwd, 'estate.yaml'),
    `${withoutPackages.replace('PORT', '9').replace('user: u, password: { command: [./password] } ', '')}
journal:
  heads:
    key: heads-key
    allowedSigners: signers
    to:
      here: { ssh: { ${ssh}, port: ${server.port} } }
      nowhere: { ssh: { ${ssh}, port: 9 } }
      never-run: { command: [touch, ran] }
`,
  )
  writeFileSync(join(cwd, 'known_hosts'), `[127.0.0.1]:${server.port} ${server.publicKey('ed25519')}\n`)
  const { publicKey } = signingKey(cwd, 'heads-key')
  writeFileSync(join(cwd, 'signers'), `upkeep namespaces="upkeep-head" ${publicKey}\n`)
  const good = await doctor(cwd)
  assert.match(good.out, /ok +heads +signed by upkeep/)
  assert.match(good.out, /ok +heads here +127\.0\.0\.1 lets us in/)
  assert.match(good.out, /fail +heads nowhere/)
  writeFileSync(join(cwd, 'signers'), `upkeep namespaces="approval" ${publicKey}\n`)
  assert.match((await doctor(cwd)).out, /fail +heads +.*does not let upkeep sign/)
  assert.deepEqual(readdirSync(cwd).sort(), [
    'estate.yaml',
    'heads-key',
    'heads-key.pub',
    'known_hosts',
    'signers',
  ])
})

test('doctor: a system that is not there', async (context) => {
  const { code, err } = await doctor(directory(context, true), '--system', 'epr')
  assert.equal(code, exitCodes.usage.code)
  assert.match(err, /Did you mean "erp"\?/)
})
