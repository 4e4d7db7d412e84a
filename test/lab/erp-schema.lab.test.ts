import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { labOffer, labWithdraw } from '../../lab/repository.ts'
import { labReset } from '../../lab/reset.ts'
import { erp, eventsOf, versionOf } from './erp.ts'
import { onHost, policy, resumeWhenDue } from './oa.ts'
import { type OwnEstate, ownEstate, type Ran, upkeep } from './upkeep.ts'

const host = 'erp-db1'

describe('committed rows of a database whose host goes back', () => {
  let estate: OwnEstate
  let id: string
  let old: string

  before(async () => {
    await labReset(erp)
    await labWithdraw()
    await labOffer('security')
    estate = await ownEstate((own) => {
      const system = own.systems['erp']
      assert.ok(system)
      policy(system, {
        rehearsal: 'none',
        holds: ['openssl', 'libssl*', 'nginx*', 'libnginx*', 'erp-orders'],
      })
      // Only the databases are patched; all of the ERP stands on them still.
      system.hosts = Object.fromEntries(
        Object.entries(system.hosts).filter(([name]) => [host, 'erp-test-db'].includes(name)),
      )
      delete system.roles['primary']?.traffic
      delete system.probes
      delete system.backup
    })
    await sql('create table kept (n int primary key)')
    await sql('insert into kept values (0)')
    old = await versionOf(host, 'postgresql-15')
    const file = join(estate.dir, 'plan.json')
    const planned = await upkeep(['patch', 'plan', '--system', 'erp', '--out', file], { estate: estate.path })
    assert.equal(planned.code, 0, planned.stdout + planned.stderr)
    const first = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
    assert.equal(first.code, 0, first.stdout + first.stderr)
    const second = await resumeWhenDue(estate)
    assert.equal(second.code, 0, second.stdout + second.stderr)
    assert.notEqual(await versionOf(host, 'postgresql-15'), old)
    id = String((await eventsOf(estate)).find(({ type }) => type === 'host.started')?.data['rollout'])
    for (const n of [1, 2, 3]) await sql(`insert into kept values (${n})`)
  })
  after(async () => {
    await labReset(erp)
    await estate.remove()
  })

  async function sql(query: string): Promise<string> {
    return (await onHost(host, `runuser -u postgres -- psql -X -q -A -t -d erp -c '${query}'`)).trim()
  }

  function rollback(): Promise<Ran> {
    const words = ['rollback', '--rollout', id, '--host', host, '--reason', 'try the way back']
    return upkeep(words, { estate: estate.path })
  }

  /** What the journal says of the last time that a step ended on the host. */
  async function lastEnd(step: string) {
    const ends = (await eventsOf(estate)).filter(
      ({ type, subject, data }) => type === 'step.ended' && subject === host && data['step'] === step,
    )
    return ends.at(-1)?.data as { outcome: string; facts: Record<string, unknown> } | undefined
  }

  test('a schema that moved stops the way back before anything: counted, dumped, and a person is asked', async () => {
    const before = await lastEnd('schema.take-erp')
    assert.match(String(before?.facts['schema']), /^[0-9a-f]{64}$/)
    assert.match(String(before?.facts['place']), /^[0-9A-F]+\/[0-9A-F]+$/)
    const patched = await versionOf(host, 'postgresql-15')
    await sql('alter table kept add moved text')

    const ran = await rollback()
    assert.equal(ran.code, 22, ran.stdout + ran.stderr)
    const facts = (await lastEnd('schema.compare-erp'))?.facts ?? {}
    const { transactions, dump, sha256 } = facts
    // Three rows and the new column; the ERP and the engine may have committed some of their own.
    assert.ok(Number(transactions) >= 4, JSON.stringify(facts))
    const said = ran.stdout.replace(/\s+/g, ' ')
    assert.match(said, new RegExp(`${String(transactions)} transactions were committed since`))
    assert.match(said, new RegExp(`IS LOST: ${String(transactions)} TRANSACTIONS`))
    assert.ok(said.includes(String(dump)), said)

    assert.equal(await versionOf(host, 'postgresql-15'), patched, 'nothing was put back')
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
    assert.equal((await lastEnd('schema.compare-erp'))?.outcome, 'done')
  })
})
