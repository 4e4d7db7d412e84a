import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { local } from '../../connect/local.ts'
import { scriptText } from '../../playbooks/facts/answer.ts'

const script = (await Promise.all(['frame.sh', 'doctor.sh'].map(scriptText))).join('\n')

/** The tools that doctor misses on this machine once these files are no programs. */
async function missingWithout(files: readonly string[]): Promise<readonly string[]> {
  const hide = 'for file in "$@"; do mount --bind /dev/null "$file" || exit 9; done; set -- apt'
  const ran = await local(['unshare', '--mount', 'sh', '-c', `${hide}\n${script}`, 'sh', ...files])
  assert.equal(ran.code, 0, ran.stderr)
  const section = /^@tools (\S*) 0$/m.exec(ran.stdout)?.[1] ?? assert.fail(ran.stdout)
  const lines = Buffer.from(section, 'base64').toString().trim().split('\n')
  assert.ok(lines.includes('dpkg yes'), lines.join())
  return lines.filter((line) => line.endsWith(' no')).map((line) => line.replace(' no', ''))
}

test('where PostgreSQL is, what counts the rows that a snapshot would lose has to be there', async () => {
  const [server = assert.fail('no PostgreSQL here'), ...others] = globSync(
    '/usr/lib/postgresql/*/bin/postgres',
  )
  assert.deepEqual(others, [])
  const tools = ['pg_waldump', 'pg_controldata'].map((name) => join(dirname(server), name))
  for (const tool of tools) assert.ok(existsSync(tool), tool)
  assert.deepEqual(await missingWithout([]), [])
  assert.deepEqual(await missingWithout(tools), ['pg_waldump', 'pg_controldata'])
  // Without a server nothing of it is needed.
  assert.deepEqual(await missingWithout([server, ...tools]), [])
})
