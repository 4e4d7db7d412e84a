import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { quoteAll } from '../../connect/quote.ts'
import { labReset } from '../../lab/reset.ts'
import type { System } from '../../schemas/system.ts'
import { erp, eventsOf, versionOf } from './erp.ts'
import {
  breaksWithPatch,
  databaseHost,
  databasesOnly,
  freshDatabases,
  lastEnd,
  patched,
  patchedWithRows,
  sql,
} from './erp-databases.ts'
import { onHost, policy } from './oa.ts'
import { type OwnEstate, type Ran, upkeep, upkeepCommand } from './upkeep.ts'

const host = databaseHost

/** Closes nothing: whoever knows the database may write on. It is on record when it was asked to close and to open. */
const traffic: NonNullable<System['roles'][string]['traffic']> = {
  scope: 'host',
  on: 'primary',
  close: ['touch', '/var/lib/closed'],
  open: ['rm', '-f', '/var/lib/closed'],
}

/** The text of a dump that the controller keeps, held against the digest that the journal has. */
async function dumpText(dump: unknown): Promise<string> {
  const { file, sha256 } = dump as { readonly file: string; readonly sha256: string }
  const bytes = await readFile(file)
  assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  return gunzipSync(bytes).toString('utf8')
}

describe('a person wants the snapshot of an open database back', () => {
  let estate: OwnEstate
  let id: string
  let old: string

  before(async () => {
    await freshDatabases()
    estate = await databasesOnly((system) => {
      policy(system, { rehearsal: 'none' })
      if (system.roles['primary'] !== undefined) system.roles['primary'].traffic = traffic
    })
    ;({ id, old } = await patchedWithRows(estate))
  })
  after(async () => {
    await labReset(erp)
    await estate.remove()
  })

  const words = (...more: readonly string[]) => [
    ...['rollback', '--rollout', id, '--host', host, '--way', 'snapshot', '--reason', 'wrong totals'],
    ...more,
  ]

  /** The same at a terminal of its own, at which somebody types this. */
  function atTerminal(typed: string): Promise<Ran> {
    const { program, argv } = upkeepCommand(words(), estate.path)
    return new Promise((resolve) => {
      const line = quoteAll([program, ...argv])
      const child = execFile(
        'script',
        ['-qefc', line, '/dev/null'],
        { timeout: 300_000 },
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
        },
      )
      let said = ''
      let isTyped = false
      child.stdout?.on('data', (text: string) => {
        said += text
        if (isTyped || !/type the number: /.test(said)) return
        isTyped = true
        child.stdin?.end(`${typed}\n`)
      })
    })
  }

  let shown = 0

  // Fault, people: a person asks for the snapshot of a database host that is in use.
  // Outcome: what would be lost is counted, dumped to the controller and shown; without the exact number nothing is done.
  test('without a word on the number it is refused: counted, dumped off the host, and nothing is done', async () => {
    const patchedVersion = await versionOf(host, 'postgresql-15')
    const ran = await upkeep(words(), { estate: estate.path })
    assert.equal(ran.code, 4, ran.stdout + ran.stderr)
    const counted = (await eventsOf(estate)).findLast(({ type }) => type === 'rows.counted')?.data
    const [engine] = counted?.['engines'] as { transactions: number; dump: unknown }[]
    shown = engine?.transactions ?? 0
    assert.ok(shown >= 3, JSON.stringify(counted))
    assert.match(ran.stderr.replaceAll(/\s+/g, ' '), new RegExp(`${shown} would be lost.*--lose ${shown} `))
    assert.match(await dumpText(engine?.dump), /COPY public\.kept \(n\) FROM stdin;\n0\n1\n2\n3\n\\\./)

    const other = await upkeep(words('--lose', String(shown + 100)), { estate: estate.path })
    assert.equal(other.code, 4, other.stdout + other.stderr)
    const no = await atTerminal('yes')
    assert.equal(no.code, 4, no.stdout)

    assert.equal(await versionOf(host, 'postgresql-15'), patchedVersion)
    assert.equal(
      await onHost(host, 'ls /var/lib/closed 2>&1 || true'),
      "ls: cannot access '/var/lib/closed': No such file or directory\n",
    )
    assert.equal(await onHost(host, 'ls /var/lib/upkeep/dumps/*'), '', 'no copy stays on the host')
  })

  test('what is committed after the number was shown is not lost with it: closed, counted again, asked again', async () => {
    await sql('insert into kept values (4)')
    const ran = await upkeep(words('--lose', String(shown)), { estate: estate.path })
    assert.equal(ran.code, 22, ran.stdout + ran.stderr)
    const facts = (await lastEnd(estate, 'rows.count-5432'))?.facts ?? {}
    assert.ok(Number(facts['transactions']) > shown, JSON.stringify(facts))
    assert.match(ran.stdout.replaceAll(/\s+/g, ' '), new RegExp(`and only ${shown} were agreed to`))
    assert.match(await dumpText(facts['dump']), /COPY public\.kept \(n\) FROM stdin;\n0\n1\n2\n3\n4\n\\\./)
    assert.equal(await sql('select count(*) from kept'), '5')
    shown = Number(facts['transactions'])
  })

  test('the number typed at a terminal brings the snapshot back; who agreed to what is in the journal', async () => {
    const ran = await atTerminal(String(shown))
    assert.equal(ran.code, 0, ran.stdout)
    assert.equal(await versionOf(host, 'postgresql-15'), old)
    assert.equal(await sql('select count(*) from kept'), '1')
    const asked = (await eventsOf(estate)).findLast(({ type }) => type === 'rollback.asked')?.data
    assert.deepEqual(asked?.['mayLose'], { 'rows.count-5432': shown })
    assert.match(String(asked?.['by']), /^\S+@\S+$/)
    assert.ok((await readdir(join(estate.state, 'dumps', id))).length >= 2)
  })
})

describe('a batch job writes into a database that is closed for its patch', () => {
  let estate: OwnEstate
  let old: string

  before(async () => {
    await freshDatabases()
    old = await versionOf(host, 'postgresql-15')
    estate = await databasesOnly((system) => {
      policy(system, { rehearsal: 'both' })
      const primary = system.roles['primary']
      assert.ok(primary)
      primary.traffic = traffic
      // In production the patched database is found to be broken, whatever it is.
      primary.probes = { ...primary.probes, verify: breaksWithPatch('postgresql-15', old) }
    })
    await sql('create table batch (n bigserial primary key)')
    await onHost(host, 'touch /var/lib/breaks')
  })
  after(async () => {
    await labReset(erp)
    await estate.remove()
  })

  // Fault, hosts: a batch job writes into a database past the closed traffic, and its host must go back.
  // Outcome: found in the engine's log, dumped to the controller; the old packages come back, and every row stays.
  test('its rows are found: the old packages come back and not the snapshot, and no row is lost', async () => {
    const insert = 'insert into batch default values returning n'
    const loop = `while sleep 0.2; do runuser -u postgres -- psql -X -q -A -t -d erp -c '${insert}' >>/var/lib/batch 2>/dev/null; done`
    await onHost(host, `systemd-run --quiet --unit=batch sh -c ${quoteAll([loop])}`)
    const ran = await patched(estate)
    assert.equal(ran.code, 20, ran.stdout + ran.stderr)
    assert.match(ran.stdout, /erp-db1 +production +undone/)
    await onHost(host, 'systemctl stop batch')

    const events = (await eventsOf(estate)).filter(({ subject }) => subject === host)
    const turns = events.filter(({ type }) => type === 'host.turned').map(({ data }) => data['way'])
    assert.deepEqual(turns, ['snapshot', 'packages'])
    assert.ok(!events.some(({ data }) => data['step'] === 'snapshot.restore-back'))
    assert.equal(await versionOf(host, 'postgresql-15'), old)

    const facts = (await lastEnd(estate, 'rows.count-5432'))?.facts ?? {}
    assert.ok(Number(facts['transactions']) > 0, JSON.stringify(facts))
    assert.equal(facts['how'], 'log')
    assert.match(await dumpText(facts['dump']), /COPY public\.batch \(n\) FROM stdin;\n1\n/)
    const lines = (await onHost(host, 'cat /var/lib/batch')).trim().split('\n')
    assert.equal(
      await sql(`select count(*) from batch where n in (${lines.join(',')})`),
      String(lines.length),
    )
  })
})
