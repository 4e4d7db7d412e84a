import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { labReset } from '../../lab/reset.ts'
import { erp, versionOf } from './erp.ts'
import {
  databaseHost,
  databasesOnly,
  freshDatabases,
  lastEnd,
  patchedWithRows,
  sql,
} from './erp-databases.ts'
import { onHost, policy } from './oa.ts'
import { type OwnEstate, type Ran, upkeep } from './upkeep.ts'

const host = databaseHost

describe('committed rows of a database whose host goes back', () => {
  let estate: OwnEstate
  let id: string
  let old: string

  before(async () => {
    await freshDatabases()
    estate = await databasesOnly((system) => {
      policy(system, { rehearsal: 'none' })
      delete system.roles['primary']?.traffic
    })
    ;({ id, old } = await patchedWithRows(estate))
  })
  after(async () => {
    await labReset(erp)
    await estate.remove()
  })

  function rollback(): Promise<Ran> {
    const words = ['rollback', '--rollout', id, '--host', host, '--reason', 'try the way back']
    return upkeep(words, { estate: estate.path })
  }

  test('a schema that moved stops the way back before anything: counted, dumped, and a person is asked', async () => {
    const before = await lastEnd(estate, 'schema.take-erp')
    assert.match(String(before?.facts['schema']), /^[0-9a-f]{64}$/)
    assert.match(String(before?.facts['place']), /^[0-9A-F]+\/[0-9A-F]+$/)
    const patchedVersion = await versionOf(host, 'postgresql-15')
    await sql('alter table kept add moved text')

    const ran = await rollback()
    assert.equal(ran.code, 22, ran.stdout + ran.stderr)
    const facts = (await lastEnd(estate, 'schema.compare-erp'))?.facts ?? {}
    const { transactions, dump, sha256 } = facts
    // Three rows and the new column; the ERP and the engine may have committed some of their own.
    assert.ok(Number(transactions) >= 4, JSON.stringify(facts))
    const said = ran.stdout.replace(/\s+/g, ' ')
    assert.match(said, new RegExp(`${String(transactions)} transactions were committed since`))
    assert.match(said, new RegExp(`IS LOST: ${String(transactions)} TRANSACTIONS`))
    assert.ok(said.includes(String(dump)), said)

    assert.equal(await versionOf(host, 'postgresql-15'), patchedVersion, 'nothing was put back')
    assert.equal(await onHost(host, `sha256sum <${String(dump)} | cut -d' ' -f1`), `${String(sha256)}\n`)
    const rows = await onHost(host, `zcat ${String(dump)} | sed -n '/^COPY public.kept /,/^\\\\\\./p'`)
    assert.match(rows, /moved\) FROM stdin;\n0\t\\N\n1\t\\N\n2\t\\N\n3\t\\N\n/)
    assert.equal(await onHost(host, `stat -c '%U %a' ${String(dump)}`), 'root 600\n')
  })

  test('once a person has put the schema right, the packages go back and every committed row stays', async () => {
    await sql('alter table kept drop moved')
    const words = ['settle', host, '--as', 'done', '--reason', 'the schema is put right']
    const settled = await upkeep(words, { estate: estate.path })
    assert.equal(settled.code, 0, settled.stdout + settled.stderr)
    const ran = await rollback()
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal(await versionOf(host, 'postgresql-15'), old)
    assert.equal(await sql('select count(*), sum(n) from kept'), '4|6')
    assert.equal((await lastEnd(estate, 'schema.compare-erp'))?.outcome, 'done')
  })
})
