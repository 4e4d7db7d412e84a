import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startServer, type TestServer } from '../connect/sshd.ts'
import { directory } from './upkeep.ts'

/**
 * A host whose every log-in ends in a shell script, and the directory of an estate of this tier with it: a test host of the
 * one system `erp`. `gone` are more hosts, of which none is there.
 */
export async function hostThatSays(
  context: TestContext,
  o: {
    readonly script: (server: TestServer) => string
    readonly name: string
    readonly tier: 'core' | 'office'
    readonly gone?: readonly string[]
  },
): Promise<{ readonly cwd: string; readonly server: TestServer }> {
  const server = await startServer()
  context.after(() => server.stop())
  const cwd = directory(context)
  writeFileSync(join(server.dir, 'says'), o.script(server))
  const key = readFileSync(join(server.dir, 'user.pub'), 'utf8')
  writeFileSync(join(server.dir, 'authorized'), `command="exec /bin/sh ${server.dir}/says" ${key}`)
  const { knownHosts } = server.target(o.name)
  const hosts = [{ name: o.name, port: server.port }, ...(o.gone ?? []).map((name) => ({ name, port: 1 }))]
  const lines = hosts.map(
    ({ name, port }) =>
      `      ${name}: { ring: test, roles: [app], connection: { address: 127.0.0.1, port: ${port} } }`,
  )
  writeFileSync(
    join(cwd, 'estate.yaml'),
    `version: 1
name: acme
timeZone: UTC
knownHosts: ${knownHosts}
contacts: { it: { name: IT } }
connection: { user: root, key: ${server.dir}/user }
systems:
  erp:
    tier: ${o.tier}
    owner: it
    roles: { app: {} }
    hosts:
${lines.join('\n')}
`,
  )
  return { cwd, server }
}
