import assert from 'node:assert/strict'
import test from 'node:test'
import { newRollout } from '../../core/run/state.ts'
import type { World } from '../../playbooks/perform/context.ts'
import { perform } from '../../playbooks/perform/perform.ts'
import { scriptText } from '../../playbooks/steps/script.ts'
import { linkLost, performing, printed, simulatedHostWorld } from './world.ts'

const [schema, other] = ['a'.repeat(64), 'b'.repeat(64)]
const database = { port: 5432, database: 'erp' }

/** Answers of a host by the script that asks; what was asked is kept. */
function answering(said: Readonly<Record<string, string>>) {
  const asked: (readonly string[])[] = []
  const world = simulatedHostWorld({
    run: (script, args) => {
      const name = Object.keys(said).find((one) => script === scriptText(`schema-${one}.sh`)) ?? 'unknown'
      asked.push([name, ...args])
      const answer = said[name]
      return answer === undefined || answer === 'lost' ? linkLost : printed(answer)
    },
  })
  return { asked, world }
}

async function compared(said: Readonly<Record<string, string>>, facts?: Readonly<Record<string, unknown>>) {
  const { asked, world } = answering(said)
  const { planned, step, context } = performing(world, { kind: 'schema.compare', ...database })
  const fresh = newRollout(world.plan)
  const t = fresh.hosts['t'] ?? assert.fail()
  const ended =
    facts === undefined ? {} : { 'schema.take-erp': { outcome: 'done', ms: 1, said: '', facts } as const }
  const state = { ...fresh, hosts: { t: { ...t, ended } } }
  return { asked, end: await perform(world, planned, step, { ...context, state }) }
}

const before = { schema, transaction: '700', place: '0/1A', open: '-' }
const dump = `${'c'.repeat(64)} 1200 /var/lib/upkeep/dumps/r1/erp.sql.gz\n`

test('the schema and the next transaction are recorded before the patch', async () => {
  const { world } = answering({ standing: `${schema} 700 0/1A -\n` })
  const { planned, step, context } = performing(world, { kind: 'schema.take', ...database })
  const end = await perform(world, planned, step, context)
  assert.equal(end.outcome, 'done')
  assert.deepEqual(end.facts, before)
})

test('where it did not move rows stay: they are counted, and nothing is dumped', async () => {
  const { asked, end } = await compared(
    { standing: `${schema} 712 0/2B 705,709\n`, count: '12\n', dump },
    before,
  )
  assert.equal(end.outcome, 'done', end.said)
  assert.equal(end.facts?.['transactions'], 12)
  assert.deepEqual(asked, [
    ['standing', '5432', 'erp'],
    ['count', '5432', 'erp', '700'],
  ])
})

test('where it moved the way back fails before anything: counted, dumped, a person is told all of it', async () => {
  const { asked, end } = await compared(
    { standing: `${other} 712 0/2B 705,709\n`, count: '12\n', dump },
    before,
  )
  assert.equal(end.outcome, 'failed')
  assert.equal(end.problem?.code, 'schema/moved')
  assert.match(
    end.said,
    /12 transactions were committed since; all rows are in \/var.*erp\.sql\.gz on t \(1200 bytes, SHA-256 c{64}\)/,
  )
  assert.deepEqual(
    [end.facts?.['transactions'], end.facts?.['dump'], end.facts?.['bytes']],
    [12, '/var/lib/upkeep/dumps/r1/erp.sql.gz', 1200],
  )
  assert.deepEqual(asked.at(-1), ['dump', '5432', 'erp', '/var/lib/upkeep/dumps/r1'])
})

for (const [what, said, code] of [
  ['the schema', { standing: 'who knows\n' }, 'schema/unreadable'],
  ['the count', { standing: `${other} 712 0/2B 705,709\n`, count: 'many\n' }, 'schema/unreadable'],
  ['the dump', { standing: `${other} 712 0/2B 705,709\n`, count: '12\n', dump: 'no\n' }, 'schema/unreadable'],
] as const) {
  test(`an answer about ${what} that is not understood is no good one`, async () => {
    const { end } = await compared(said, before)
    assert.deepEqual([end.outcome, end.problem?.code], ['failed', code])
  })
}

test('a schema that nobody recorded is not taken for the same', async () => {
  const { end } = await compared({ standing: `${schema} 712 0/2B 705,709\n`, count: '12\n' })
  assert.deepEqual([end.outcome, end.problem?.code], ['failed', 'schema/not-recorded'])
})

test('a link that is lost while it dumps ends unknown, and the step is asked again', async () => {
  const { end } = await compared(
    { standing: `${other} 712 0/2B 705,709\n`, count: '12\n', dump: 'lost' },
    before,
  )
  assert.equal(end.outcome, 'unknown')
})

/** Which hosts are asked, and how the step ends, when the database lies on another host than the step. */
async function fromElsewhere(kind: 'schema.look' | 'schema.compare', now: string) {
  const { world } = answering({ standing: `${now} 712 0/2B -\n`, count: '12\n', dump })
  const asked: string[] = []
  const host: World['host'] = async (name) => {
    asked.push(name)
    return world.host(name)
  }
  const { planned, step, context } = performing(world, { kind, ...database, on: 'db1' })
  const fresh = newRollout(world.plan)
  const t = fresh.hosts['t'] ?? assert.fail()
  const taken = { 'schema.take-erp-on-db1': { outcome: 'done', ms: 1, said: '', facts: before } as const }
  const state = { ...fresh, hosts: { t: { ...t, ended: taken } } }
  const end = await perform({ ...world, host }, planned, step, { ...context, state })
  return { asked: [...new Set(asked)], end }
}

test('a database on another host is asked and dumped there, and held against what was recorded for this host', async () => {
  const same = await fromElsewhere('schema.compare', schema)
  assert.deepEqual([same.end.outcome, same.asked], ['done', ['db1']])
  const moved = await fromElsewhere('schema.compare', other)
  assert.deepEqual([moved.end.problem?.code, moved.asked], ['schema/moved', ['db1']])
  assert.equal(moved.end.problem?.where, 'db1 database erp')
  assert.equal(moved.end.facts?.['on'], 'db1')
})

test('a patch that moves a schema is found on the test host, and fails nothing there', async () => {
  const moved = await fromElsewhere('schema.look', other)
  assert.deepEqual([moved.end.outcome, moved.end.facts?.['moved']], ['done', true])
  assert.match(moved.end.said, /the patch moves the schema of erp/)
  const same = await fromElsewhere('schema.look', schema)
  assert.deepEqual([same.end.outcome, same.end.facts?.['moved']], ['done', false])
  assert.equal((await fromElsewhere('schema.look', 'nobody knows')).end.outcome, 'failed')
})
