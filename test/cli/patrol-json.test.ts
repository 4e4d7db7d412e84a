import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import type { PatrolOutput } from '../../schemas/patrol-output.ts'
import { onlyDocument } from './document.ts'
import { directory, upkeep, withoutReader } from './upkeep.ts'

const odd = 'estate\u202e\u200b'
const hosts = 40

/** An estate of hosts that can not be asked, below a directory of an odd name, with a last inspection that can not be read. */
function estate(context: TestContext): string {
  const cwd = join(directory(context), odd)
  mkdirSync(join(cwd, 'state/patrol'), { recursive: true })
  writeFileSync(join(cwd, 'state/patrol/erp.json'), '{')
  const lines = Array.from(
    { length: hosts },
    (_, at) =>
      `      h-${at}: { ring: test, roles: [app], connection: { address: 127.0.0.1, port: ${at + 1} } }\n`,
  )
  writeFileSync(
    join(cwd, 'estate.yaml'),
    `version: 1
name: acme
timeZone: UTC
contacts: { it: { name: IT } }
connection: { user: root, key: none }
systems:
  erp:
    tier: core
    owner: it
    roles: { app: {} }
    hosts:
${lines.join('')}`,
  )
  return cwd
}

describe('patrol --json, which comes in parts', () => {
  test('is one line, and what can not be seen is written out', (context) => {
    const { out, err } = upkeep(['patrol', '--json'], { cwd: estate(context) })
    assert.match(out, /^[^\n]+\n$/, err)
    assert.doesNotMatch(out, /[\u202e\u200b]/)
    const [system] = (onlyDocument(out) as unknown as PatrolOutput).systems
    assert.equal(system?.hosts.length, hosts)
    assert.ok(system.problems[0]?.where?.includes(odd), JSON.stringify(system.problems))
  })

  test('ends as it would with a reader when that one went away', async (context) => {
    const cwd = estate(context)
    const { code } = upkeep(['patrol', '--json'], { cwd })
    assert.deepEqual(await withoutReader(['patrol', '--json'], cwd), { code, out: '', err: '' })
  })
})
