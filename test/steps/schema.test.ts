import assert from 'node:assert/strict'
import test from 'node:test'
import { simulatedHost } from '../core/run/fleet.ts'

const databases = [
  { name: 'erp', port: 5432 },
  { name: 'stock', port: 5433 },
]

for (const ring of ['test', 'production'] as const) {
  test(`in ${ring} the schema of each database is recorded before anything changes, and compared before old packages come`, () => {
    const { steps, back } = simulatedHost('p', ring, ['primary'], { databases })
    const before = steps.slice(
      0,
      steps.findIndex(({ effect }) => effect === 'changes'),
    )
    const taken = before.flatMap(({ action }) => (action.kind === 'schema.take' ? [action] : []))
    assert.deepEqual(
      taken.map(({ database, port }) => [database, port]),
      [
        ['erp', 5432],
        ['stock', 5433],
      ],
    )
    assert.deepEqual(
      back.packages.slice(0, 2).map(({ id }) => id),
      ['schema.compare-erp', 'schema.compare-stock'],
    )
    // Whatever is committed between the two is then counted as lost, and never the other way round.
    const order = steps.map(({ id }) => id)
    assert.ok(order.indexOf('schema.take-stock') < order.indexOf('snapshot.take'))
    // They bring the database back as it was: there is nothing to compare.
    for (const way of [back.snapshot, back.untouched])
      assert.ok(!way.some(({ action }) => action.kind === 'schema.compare'))
  })
}

test('before a snapshot is put back each engine is counted once, after the host was closed', () => {
  const two = [...databases, { name: 'archive', port: 5432 }]
  const { back } = simulatedHost('p', 'production', ['primary'], { databases: two })
  assert.deepEqual(
    back.snapshot.slice(0, 4).map(({ id }) => id),
    ['traffic.close-snapshot-back', 'rows.count-5432', 'rows.count-5433', 'snapshot.restore-back'],
  )
})

const elsewhere = { databasesElsewhere: [{ name: 'erp', port: 5432, on: 'db1' }] }

test('an application host records and compares the schema of a database on another host, whichever way it goes back', () => {
  const { steps, back } = simulatedHost('a', 'production', ['app'], elsewhere)
  const order = steps.map(({ id }) => id)
  assert.ok(order.indexOf('schema.take-erp-on-db1') < order.indexOf('apt.install'))
  assert.ok(order.includes('schema.take-erp-on-db1'))
  assert.deepEqual(back.packages[0]?.action, {
    kind: 'schema.compare',
    port: 5432,
    database: 'erp',
    on: 'db1',
  })
  // Its snapshot brings the application back, and not the database.
  const ids = back.snapshot.map(({ id }) => id)
  const compared = ids.indexOf('schema.compare-erp-on-db1-snapshot-back')
  assert.ok(compared >= 0 && compared < ids.indexOf('snapshot.restore-back'))
  assert.ok(!ids.some((id) => id.startsWith('rows.count')), 'what it loses is not there')
})

test('whether the patch moves a schema is looked at on test hosts, before anything is taken back there', () => {
  const idsOf = (ring: 'test' | 'production') =>
    simulatedHost('a', ring, ['app'], elsewhere).steps.map(({ id }) => id)
  const order = idsOf('test')
  assert.ok(order.indexOf('schema.look-erp-on-db1') > order.indexOf('check.verify'))
  assert.ok(order.indexOf('schema.look-erp-on-db1') < order.indexOf('snapshot.restore-rehearsal'))
  assert.ok(!idsOf('production').includes('schema.look-erp-on-db1'))
})
