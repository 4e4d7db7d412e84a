import assert from 'node:assert/strict'
import { join } from 'node:path'
import { labReset } from '../../lab/reset.ts'
import type { System } from '../../schemas/system.ts'
import { erp, eventsOf, offerErp, versionOf, withdrawErp } from './erp.ts'
import { onHost, policy, resumeWhenDue } from './oa.ts'
import { type OwnEstate, ownEstate, type Ran, upkeep } from './upkeep.ts'

/** The production host whose database is patched. */
export const databaseHost = 'erp-db1'

/** The lab's ERP as at first, with security updates on offer, those of PostgreSQL among them. */
export async function freshDatabases(): Promise<void> {
  await labReset(erp)
  await withdrawErp()
  await offerErp('security')
}

/** An estate in which only the databases are patched; all of the ERP stands on them still. */
export function databasesOnly(change: (system: System) => void): Promise<OwnEstate> {
  return ownEstate((own) => {
    const system = own.systems['erp']
    assert.ok(system)
    policy(system, { holds: ['openssl', 'libssl*', 'nginx*', 'libnginx*', 'erp-orders'] })
    system.hosts = Object.fromEntries(
      Object.entries(system.hosts).filter(([name]) => [databaseHost, 'erp-test-db'].includes(name)),
    )
    delete system.probes
    delete system.backup
    change(system)
  })
}

/** A probe that is bad from when /var/lib/breaks is there, unless the package has its old version. */
export function breaksWithPatch(name: string, old: string) {
  const test = `! test -e /var/lib/breaks || test "$(dpkg-query -W -f '\${Version}' ${name})" = ${old}`
  return { command: { run: ['sh', '-c', test] } }
}

/** What the database of the ERP in production answers. */
export async function sql(query: string): Promise<string> {
  const asked = `runuser -u postgres -- psql -X -q -A -t -d erp -c '${query}'`
  return (await onHost(databaseHost, asked)).trim()
}

/** Brings what is pending to the test hosts; what the rollout said there. */
export async function patchedInTest(estate: OwnEstate): Promise<Ran> {
  const file = join(estate.dir, 'plan.json')
  const planned = await upkeep(['patch', 'plan', '--system', 'erp', '--out', file], { estate: estate.path })
  assert.equal(planned.code, 0, planned.stdout + planned.stderr)
  const first = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path })
  assert.equal(first.code, 0, first.stdout + first.stderr)
  return first
}

/** Brings what is pending to the test hosts, and says how it went on in production. */
export async function patched(estate: OwnEstate): Promise<Ran> {
  await patchedInTest(estate)
  return resumeWhenDue(estate)
}

/**
 * Patches test and production; table `kept` has a row 0 from before the patch and rows 1 to 3 from after it. The id of the
 * rollout, and the version of PostgreSQL from before.
 */
export async function patchedWithRows(
  estate: OwnEstate,
): Promise<{ readonly id: string; readonly old: string }> {
  await sql('create table kept (n int primary key)')
  await sql('insert into kept values (0)')
  const old = await versionOf(databaseHost, 'postgresql-15')
  const ran = await patched(estate)
  assert.equal(ran.code, 0, ran.stdout + ran.stderr)
  assert.notEqual(await versionOf(databaseHost, 'postgresql-15'), old)
  for (const n of [1, 2, 3]) await sql(`insert into kept values (${n})`)
  return { id: await rolloutOf(estate), old }
}

/** The id of the rollout of an estate that had one. */
async function rolloutOf(estate: OwnEstate): Promise<string> {
  const events = await eventsOf(estate)
  return String(events.find(({ type }) => type === 'host.started')?.data['rollout'])
}

/** What the journal says of the last time that a step ended on the database's host. */
export async function lastEnd(estate: OwnEstate, step: string) {
  const ends = (await eventsOf(estate)).filter(
    ({ type, subject, data }) => type === 'step.ended' && subject === databaseHost && data['step'] === step,
  )
  return ends.at(-1)?.data as { outcome: string; facts: Record<string, unknown> } | undefined
}
