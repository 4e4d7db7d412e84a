import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { labReset } from '../../lab/reset.ts'
import { erp, eventsOf, offerErp, versionOf, withdrawErp } from './erp.ts'
import { breaksWithPatch, patchedInTest } from './erp-databases.ts'
import { onHost, policy, resumeWhenDue } from './oa.ts'
import { type OwnEstate, ownEstate, upkeep } from './upkeep.ts'

const [app, database] = ['erp-app1', 'erp-db1']

let estate: OwnEstate

before(async () => {
  await withdrawErp()
  await withdrawErp('security')
  await labReset(erp)
  estate = await ownEstate((own) => {
    const system = own.systems['erp']
    assert.ok(system)
    policy(system, { rehearsal: 'both' })
    const role = system.roles['app']
    assert.ok(role)
    // In production the patched application is found to be broken, whatever it is.
    role.probes = { ...role.probes, verify: breaksWithPatch('erp-orders', '1.0') }
  })
  await offerErp('erp-orders-1.4')
  await onHost(app, 'touch /var/lib/breaks')
})
after(async () => {
  await withdrawErp()
  await labReset(erp)
  await estate.remove()
})

async function hasColumn(host: string): Promise<boolean> {
  const query = "select count(*) from information_schema.columns where column_name = 'lab_note'"
  const asked = `runuser -u postgres -- psql -X -q -A -t -d erp -c "${query}"`
  return (await onHost(host, asked)).trim() === '1'
}

// Fault, packages: an application's package migrates the database on another host, and its host must go back.
// Outcome: told from the test ring; in production counted and dumped, neither way back is taken, a person decides.
test('a package that migrates the database elsewhere is known before production, and not put back unattended', async () => {
  const first = await patchedInTest(estate)
  assert.ok(await hasColumn('erp-test-db'))
  const told = /The patch of erp-test-web moved the schema of erp:/
  assert.match(first.stdout.replaceAll(/\s+/g, ' '), told)
  assert.ok(!(await hasColumn(database)), 'production was not begun')
  const status = await upkeep(['patch', 'status', '--system', 'erp'], { estate: estate.path })
  assert.match(status.stdout.replaceAll(/\s+/g, ' '), told)

  const second = await resumeWhenDue(estate)
  assert.equal(second.code, 22, second.stdout + second.stderr)
  assert.ok(await hasColumn(database))
  assert.equal(await versionOf(app, 'erp-orders'), '1.4', 'nothing was put back')
  assert.equal(await versionOf('erp-app2', 'erp-orders'), '1.0', 'and no other host was begun')
  const events = (await eventsOf(estate)).filter(({ subject }) => subject === app)
  assert.ok(!events.some(({ data }) => data['step'] === 'snapshot.restore-back'))
  const compared = events.findLast(
    ({ type, data }) => type === 'step.ended' && String(data['step']).startsWith('schema.compare-erp-on-'),
  )?.data as { outcome: string; facts: Record<string, unknown> } | undefined
  assert.equal(compared?.outcome, 'failed')
  assert.ok(Number(compared.facts['transactions']) >= 1)
  assert.equal(compared.facts['on'], database)
  assert.match(await onHost(database, `zcat ${String(compared.facts['dump'])} | grep -c lab_note`), /^[1-9]/)
})
