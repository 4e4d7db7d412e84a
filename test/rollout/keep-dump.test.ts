import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { hasDump, keepDump } from '../../playbooks/rollout/keep-dump.ts'
import type { Session } from '../../playbooks/rollout/session.ts'
import { fail, ok } from '../../schemas/problem.ts'

const chunks = ['one ', 'two ', 'three'].map((text) => Buffer.from(text))
const text = Buffer.concat(chunks)
const sha256 = createHash('sha256').update(text).digest('hex')

/** Keeps a dump that a host sends in three pieces; the last one only if it is `whole`. */
async function kept(
  context: TestContext,
  o: {
    readonly whole?: boolean
    readonly sha256?: string
    readonly bytes?: number
    readonly isFile?: boolean
  } = {},
) {
  const stateDir = await mkdtemp(join(tmpdir(), 'upkeep-dump-'))
  context.after(() => rm(stateDir, { recursive: true, force: true }))
  if (o.isFile === true) await writeFile(join(stateDir, 'dumps'), '')
  const host = {
    name: 'db',
    async receive(_path: string, sink: (chunk: Buffer) => void) {
      const sent = o.whole === false ? chunks.slice(0, 2) : chunks
      for (const chunk of sent) sink(chunk)
      if (o.whole === false) return fail({ code: 'host/lost', what: 'The link was lost.' })
      const digest = createHash('sha256').update(Buffer.concat(sent)).digest('hex')
      return ok({ bytes: text.length, sha256: digest })
    },
  }
  const session = { estate: { stateDir }, pool: { get: async () => ok(host) } } as unknown as Session
  const dump = {
    name: 'db-5432.sql.gz',
    sha256: o.sha256 ?? sha256,
    bytes: o.bytes ?? text.length,
    timeoutMs: 1000,
  }
  const result = await keepDump(session, 'r1', 'db', '/d/engine.sql.gz', dump)
  const there = o.isFile === true ? [] : await readdir(join(stateDir, 'dumps/r1'))
  return { result, there, code: result.ok ? null : result.problems[0]?.code }
}

test('a dump comes whole to the controller, for its user only', async (context) => {
  const { result, there } = await kept(context)
  assert.ok(result.ok)
  assert.equal(await readFile(result.value, 'utf8'), String(text))
  assert.equal((await stat(result.value)).mode & 0o777, 0o600)
  assert.deepEqual(there, ['db-5432.sql.gz'])
})

test('a dump is there while it has its size and digest', async (context) => {
  const { result } = await kept(context)
  assert.ok(result.ok)
  const dump = { file: result.value, bytes: text.length, sha256 }
  assert.ok(await hasDump(dump))
  assert.ok(!(await hasDump({ ...dump, bytes: 1 })))
  await writeFile(result.value, String(text).toUpperCase())
  assert.ok(!(await hasDump(dump)))
  await rm(result.value)
  assert.ok(!(await hasDump(dump)))
})

for (const [what, o, code] of [
  ['whose link was lost', { whole: false }, 'host/lost'],
  ['that is another one', { sha256: '0'.repeat(64) }, 'dump/differs'],
  ['for which there is no room', { bytes: 2 ** 60 }, 'dump/no-room'],
  ['that can not be written', { isFile: true }, 'dump/unwritable'],
] as const) {
  test(`a dump ${what} leaves nothing that could be taken for one`, async (context) => {
    const { code: found, there } = await kept(context, o)
    assert.equal(found, code)
    assert.deepEqual(there, [])
  })
}
