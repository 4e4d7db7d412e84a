import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { engine } from './engine.ts'

/** What a script said of the dump that it made, held against the file; its text. */
function dumpOf({
  code,
  said,
  errors,
}: {
  readonly code: number | null
  readonly said: string
  readonly errors: string
}) {
  assert.equal(code, 0, said + errors)
  const [sha256, bytes, file = ''] = said.split(' ')
  const content = readFileSync(file)
  assert.deepEqual(
    [createHash('sha256').update(content).digest('hex'), String(content.length)],
    [sha256, bytes],
  )
  return { file, text: gunzipSync(content).toString('utf8') }
}

for (const [name, ...more] of [['schema-dump.sh'], ['rows-dump.sh', '60']] as const) {
  // Two hosts of an application ask for the dump of their one database.
  test(`${name} for two at once makes two whole dumps, each as it was told`, async (context) => {
    const of = await engine(context)
    await of.sql(
      `create table t (x text); insert into t select repeat(n::text, 100) from generate_series(1, 20000) as n`,
    )
    const directory = join(of.home, 'dumps')
    const one = () => of.script(name, directory, ...more)
    const first = one()
    await of.sql('create table late (n int)')
    const dumps = (await Promise.all([first, one(), one()])).map(dumpOf)
    for (const { text } of dumps)
      assert.match(text, /\n19999[^]*PostgreSQL database(?: cluster)? dump complete/)
    assert.ok(dumps.some(({ text }) => text.includes('late')))
    const kept = new Set(dumps.map(({ file }) => file))
    assert.deepEqual(readdirSync(directory).sort(), [...kept].map((file) => file.split('/').at(-1)).sort())
    if (name === 'rows-dump.sh') assert.equal(kept.size, 3, 'who asked removes its own')
  })
}

test('a dump that takes longer than it may is none, and leaves nothing', async (context) => {
  const of = await engine(context)
  await of.sql('create table t (n int)')
  const holds = of.session()
  await holds('begin; lock table t;')
  const directory = join(of.home, 'dumps')
  const { code, said } = await of.script('rows-dump.sh', directory, '1')
  assert.deepEqual([code, said], [1, 'the dump failed, or was not done within 1 s'])
  assert.deepEqual(readdirSync(directory), [])
})
