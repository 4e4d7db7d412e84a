import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { readEstate } from '../../core/estate/read.ts'
import { execute } from '../../core/run/execute.ts'
import { fold } from '../../core/run/fold.ts'
import { mailAbout } from '../../playbooks/rollout/mail.ts'
import { summary } from '../../playbooks/show/end.ts'
import { mailServer } from '../connect/mail-server.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from '../core/run/fleet.ts'

const stuck = {
  kind: 'stopped',
  outcome: 'stuck',
  faults: { 'check.verify': 'failed', 'snapshot.restore-back': 'failed' },
} as const
const unknown = { kind: 'unknown', outcome: null, faults: { 'apt.install': 'unknown' } } as const

const moved = { kind: 'before', outcome: 'done', faults: {} } as const

async function stuckMail(
  context: TestContext,
  refused: string,
  how: typeof stuck | typeof unknown | typeof moved = stuck,
) {
  const faults: Readonly<Record<string, 'failed' | 'unknown'>> = how.faults
  const { server, port, seen } = await mailServer((line) =>
    refused !== '' && line.includes(refused) ? '550 no such user' : '250 ok',
  )
  context.after(() => server.close())
  const text = readFileSync(join(import.meta.dirname, '../../playbooks/init-estate.yaml'), 'utf8')
  const read = readEstate('/srv/acme/estate.yaml', text)
  assert.ok(read.ok)
  const { estate } = read.value
  const system = estate.systems['erp'] ?? assert.fail()
  const production = { ...simulatedHost('p', 'production', ['app']), standbys: ['db-2'] }
  const databasesElsewhere = [{ name: 'orders', port: 5432, on: 'db' }]
  const test = simulatedHost('t', 'test', ['app'], { databasesElsewhere })
  const plan = simulatedPlan([test, production], [['p']])
  const world = simulatedWorld({
    fault: (host, step) => (host === 'p' ? faults[step.id] : undefined),
  })
  const ports: typeof world.ports = {
    ...world.ports,
    async perform(host, step, told) {
      const end = await world.ports.perform(host, step, told)
      return step.action.kind === 'schema.look' ? { ...end, facts: { moved: how === moved } } : end
    },
  }
  const end = await execute(plan, fold(plan, world.events), ports)
  const { state } = end
  assert.equal(state.hosts['p']?.outcome, how.outcome)
  const mail = { smtp: `smtp://127.0.0.1:${port}`, from: 'upkeep@example.com' }
  const secrets = { env: {}, directory: '/srv/acme', learned: () => {} }
  const told = await mailAbout(how.kind, {
    estate: { ...estate, mail },
    system,
    plan,
    state,
    nextOpenMs: null,
    secrets,
  })
  return { told, seen, summed: summary(plan, end, null) }
}

test('a mail counts as sent only when everybody was accepted, and says who was not', async (context) => {
  const all = await stuckMail(context, '')
  assert.equal(all.told.sent, true)
  const [first = '', second = ''] = all.told.said.split(', ')
  const { told } = await stuckMail(context, second)
  assert.deepEqual(told, { sent: false, said: `accepted for ${first}; refused: ${second}` })
})

test('a mail about a stuck host says that its traffic is closed, how to open it, and what else is left', async (context) => {
  const { seen } = await stuckMail(context, '')
  // Quoted-printable cuts long lines.
  const text = seen.join('\n').replaceAll('=\n', '')
  for (const line of [
    'p IS STUCK: neither patched nor back. A person must act now.',
    'Traffic was taken from it and not given back.',
    "  on lb: 'open'",
    '  upkeep settle p --as undone --reason TEXT',
  ])
    assert.ok(text.includes(line), `${line}\nis not in\n${text}`)
})

test('a mail about an unknown host names host and step, says that nothing more is begun, and what settles it', async (context) => {
  const { seen } = await stuckMail(context, '', unknown)
  const text = seen.join('\n').replaceAll('=\n', '')
  assert.match(text, /Subject: p UNKNOWN, nothing more is begun: /)
  assert.match(text, /Message-ID: <r1\.unknown\.p\.apt\.install@upkeep\./)
  for (const line of [/^p +apt\.install: /m, /upkeep resume/, /upkeep settle HOST --as done\|undone/])
    assert.match(text, line)
})

test('people are told before production that a patch moved a schema, and only then', async (context) => {
  const { seen, summed } = await stuckMail(context, '', moved)
  const words =
    'The patch of t moved the schema of orders: in production the old packages do not come back by themselves'
  assert.ok(seen.join('\n').replaceAll('=\n', '').includes(words))
  assert.deepEqual(summed.movesSchemas, [{ host: 't', database: 'orders' }])
  const other = await stuckMail(context, '')
  assert.ok(!other.seen.join('\n').includes('moved the schema'))
  assert.deepEqual(other.summed.movesSchemas, [])
})
