import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hostPool } from '../../connect/pool.ts'
import { startMark } from '../../connect/script.ts'
import { readEstate } from '../../core/estate/read.ts'
import { inspect } from '../../playbooks/patrol/inspect.ts'
import { targetsOf } from '../../playbooks/rollout/targets.ts'
import { startServer, type TestServer } from '../connect/sshd.ts'
import { valueOf } from '../core/journal/open-state.ts'
import { framed } from '../facts/patrol-answer.ts'
import { directory } from './upkeep.ts'

const good = ({ dir }: TestServer) => `cat >/dev/null; echo ${startMark}; cat '${dir}/answer'`
const hosts = {
  good: { script: good },
  floods: { script: () => `cat >/dev/null; echo ${startMark}; head -c 5G /dev/zero | tr '\\0' x` },
  complains: { script: () => `cat >/dev/null; echo ${startMark}; head -c 5G /dev/zero | tr '\\0' x >&2` },
  hangs: { script: () => `cat >/dev/null; echo ${startMark}; exec sleep 600` },
  flaps: { script: () => `cat >/dev/null; echo ${startMark}; echo '@boot-first eA== 0'; kill -9 $PPID` },
} as const

// Fault 21, hosts: a host answers an inspection with 5 GB, another hangs, another breaks off each time.
// Outcome: bounded time and memory; each is unknown with its reason, and the others are inspected as ever.
test('hosts that print 5 GB, hang or break off cost bounded time and memory, and the others nothing', async (context) => {
  const cwd = directory(context)
  const names = Object.keys(hosts) as (keyof typeof hosts)[]
  const servers = await Promise.all(
    names.map(async (name) => {
      const server = await startServer()
      context.after(() => server.stop())
      writeFileSync(join(server.dir, 'answer'), framed({}))
      writeFileSync(join(server.dir, 'says'), hosts[name].script(server))
      const key = readFileSync(join(server.dir, 'user.pub'), 'utf8')
      writeFileSync(join(server.dir, 'authorized'), `command="exec /bin/sh ${server.dir}/says" ${key}`)
      return { name, server }
    }),
  )
  const known = servers
    .map(({ server }) => `[127.0.0.1]:${server.port} ${server.publicKey('ed25519')}`)
    .join('\n')
  writeFileSync(join(cwd, 'known'), `${known}\n`)
  const lines = servers.map(
    ({ name, server }) =>
      `      ${name}: { ring: test, roles: [app], connection: { address: 127.0.0.1, port: ${server.port}, key: ${server.dir}/user } }`,
  )
  const text = `version: 1
name: acme
timeZone: UTC
knownHosts: ${cwd}/known
contacts: { it: { name: IT } }
connection: { user: root, key: none }
systems:
  erp:
    tier: office
    owner: it
    roles: { app: {} }
    hosts:
${lines.join('\n')}
`
  const { estate } = valueOf(readEstate(join(cwd, 'estate.yaml'), text))
  const secrets = { env: {}, directory: cwd, learned: () => {} }
  const all = Object.values(estate.systems).flatMap((system) => system.hosts)
  const began = Date.now()
  let peak = 0
  const watching = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50)
  const before = process.memoryUsage().rss
  const pool = hostPool(targetsOf(estate, all, secrets), { timeoutMs: 10_000 })
  const systems = await inspect(Object.values(estate.systems), {
    ...{ pool, secrets, stateDir: estate.stateDir, time: new Date().toISOString(), pid: process.pid },
    now: Date.now,
    timeoutMs: 6_000,
    scheduleOf: () => null,
    spreadMs: 0,
  })
  clearInterval(watching)
  pool.closeAll()
  assert.ok(Date.now() - began < 20_000, `${Date.now() - began} ms`)
  assert.ok(peak - before < 150 << 20, `${(peak - before) >> 20} MiB more`)
  const said = Object.fromEntries(
    (systems[0]?.hosts ?? []).map(({ host, problems, look }) => [
      host,
      problems[0]?.code ?? (look === null ? 'nothing' : `${look.figures.length > 30}`),
    ]),
  )
  assert.deepEqual(said, {
    good: 'true',
    floods: 'fact/truncated',
    complains: 'fact/truncated',
    hangs: 'fact/lost',
    flaps: 'fact/lost',
  })
})
