import assert from 'node:assert/strict'
import test from 'node:test'
import { newRollout } from '../../core/run/state.ts'
import { perform } from '../../playbooks/perform/perform.ts'
import type { World } from '../../playbooks/perform/context.ts'
import { scriptText } from '../../playbooks/steps/script.ts'
import type { HostPlan } from '../../schemas/plan.ts'
import { fail, ok } from '../../schemas/problem.ts'
import { simulatedHost } from '../core/run/fleet.ts'
import { linkLost, performing, printed, simulatedHostWorld } from './world.ts'

const before = { schema: 'a'.repeat(64), transaction: '700', place: '0/1A', open: '698' }
const sha256 = 'c'.repeat(64)
const dumpLine = `${sha256} 1200 /var/lib/upkeep/dumps/r1/engine-5432.sql.gz\n`
const refused = ok({ code: 1, stdout: '  psql: no server', stderr: '', truncated: false, lost: false })

type Case = {
  readonly count: string
  readonly dump?: string
  readonly mayLose?: number
  readonly facts?: Readonly<Record<string, unknown>>
  readonly planned?: Partial<HostPlan>
  readonly isKept?: boolean
  readonly limitMs?: number
}

/** How the step ends on a production host, what its host was asked, and which dumps came to the controller. */
async function ended({
  count,
  dump = dumpLine,
  mayLose,
  facts = before,
  planned = {},
  isKept = true,
  limitMs = 1000,
}: Case) {
  const asked: (readonly string[])[] = []
  const kept: string[] = []
  const world = simulatedHostWorld({
    run(script, args) {
      const [name = '', answer = ''] =
        script === scriptText('rows-count.sh')
          ? ['count', count]
          : script === scriptText('rows-dump.sh')
            ? ['dump', dump]
            : ['remove', '']
      asked.push([name, ...args])
      if (answer === 'lost') return linkLost
      return answer === 'refused' ? refused : printed(answer)
    },
  })
  const files = {
    ...world.files,
    async keepDump(_host: string, path: string, { name }: { readonly name: string }) {
      kept.push(`${path} as ${name}`)
      return isKept ? ok(`/state/${name}`) : fail({ code: 'dump/no-room', what: 'There is no room.' })
    },
  }
  const of = performing({ ...world, files }, { kind: 'rows.count', port: 5432, database: 'erp' })
  const fresh = newRollout(world.plan)
  const t = fresh.hosts['t'] ?? assert.fail()
  const agreed =
    mayLose === undefined
      ? null
      : ({ transactions: { 'a.step': mayLose }, by: 'ada@ops', was: 'done' } as const)
  const taken = { 'schema.take-erp': { outcome: 'done', ms: 1, said: '', facts } as const }
  const state = { ...fresh, hosts: { t: { ...t, ended: taken, mayLose: agreed } } }
  const host = { ...of.planned, ring: 'production' as const, ...planned }
  const end = await perform(of.world, host, { ...of.step, limitMs }, { ...of.context, state })
  return { end, asked, kept }
}

test('nothing was committed: the snapshot may come back, and nothing is dumped', async () => {
  const { end, asked, kept } = await ended({ count: '0 log\n' })
  assert.equal(end.outcome, 'done', end.said)
  assert.deepEqual(asked, [['count', '5432', 'erp', '700', '0/1A', '698']])
  assert.deepEqual(kept, [])
})

test('what was committed is dumped to the controller, named, and fails the step; the host keeps no copy', async () => {
  const { end, asked, kept } = await ended({ count: '3 log\n' })
  assert.deepEqual([end.outcome, end.problem?.code], ['failed', 'snapshot/rows-lost'])
  assert.match(
    end.said,
    /3 transactions were committed.*\/state\/t-5432-c{12}\.sql\.gz \(1200 bytes, SHA-256 c{64}\)/,
  )
  const dump = { file: `/state/t-5432-${'c'.repeat(12)}.sql.gz`, bytes: 1200, sha256 }
  assert.deepEqual(end.facts, { transactions: 3, how: 'log', dump })
  assert.equal(kept.length, 1)
  assert.deepEqual(asked.at(-1), ['remove', '/var/lib/upkeep/dumps/r1/engine-5432.sql.gz'])
})

test('exactly the number that a person agreed to may be lost, one more may not', async () => {
  assert.equal((await ended({ count: '3 log\n', mayLose: 3 })).end.outcome, 'done')
  const more = await ended({ count: '4 ids\n', mayLose: 3 })
  assert.equal(more.end.outcome, 'failed')
  assert.match(more.end.said, /4 transactions.*the engine's own work among them, and only 3 were agreed to/)
  assert.equal(more.kept.length, 1, 'what came after the first dump is dumped as well')
})

for (const [what, count, facts] of [
  ['an engine that does not answer', 'refused', before],
  ['an answer that is not understood', 'many\n', before],
  ['a number without how it was had', '0\n', before],
  ['a place that nobody recorded', '0 log\n', {}],
  ['a record that does not say what was open', '0 log\n', { transaction: '700', place: '0/1A' }],
] as const) {
  test(`unknown is not nothing: ${what}`, async () => {
    const { end } = await ended({ count, facts })
    assert.deepEqual([end.outcome, end.problem?.code], ['failed', 'snapshot/rows-uncounted'])
  })
}

test('a link that is lost leaves the step unknown, so that it is asked again', async () => {
  assert.equal((await ended({ count: 'lost' })).end.outcome, 'unknown')
  assert.equal((await ended({ count: '3 log\n', dump: 'lost' })).end.outcome, 'failed')
})

test('a dump that nobody asked for has its own limit; one that a person asked for has that of the step', async () => {
  const limits = async (mayLose?: number) => {
    const { asked } = await ended({
      count: '3 log\n',
      ...(mayLose === undefined ? {} : { mayLose }),
      limitMs: 7_200_000,
    })
    return asked.find(([name]) => name === 'dump')?.at(-1)
  }
  assert.equal(await limits(), '600')
  assert.equal(await limits(1), '7200')
})

test('who is told that rows would be lost is told that traffic stays closed, and how to open it', async () => {
  const { end } = await ended({ count: '3 log\n', planned: simulatedHost('t', 'production', ['db']) })
  assert.match(
    end.problem?.fix ?? '',
    /traffic stays closed; to open it as it is: on lb: 'open'; then: upkeep settle t --as done --reason TEXT\./,
  )
})

test('a snapshot whose plan counts nothing of an engine does not come back where rows are at stake', async () => {
  const databases = [{ name: 'erp', port: 5432 }]
  const all = simulatedHost('t', 'production', ['db'], { databases })
  const older = {
    ...all,
    back: { ...all.back, snapshot: all.back.snapshot.filter(({ does }) => does !== 'rows.count') },
  }
  let restored = 0
  const snapshots = {
    restore: async () => fail({ code: 'driver/no', what: `It was asked ${++restored} times.` }),
  }
  const world = simulatedHostWorld({ change: { snapshots: snapshots as unknown as World['snapshots'] } })
  const step = all.back.snapshot.find(({ action }) => action.kind === 'snapshot.restore') ?? assert.fail()
  const context = { rollout: 'r1', resume: false, state: newRollout(world.plan) }
  const code = async (planned: HostPlan) => (await perform(world, planned, step, context)).problem?.code
  assert.deepEqual([await code(older), restored], ['snapshot/rows-uncounted', 0])
  for (const planned of [all, { ...older, stateless: true }, { ...older, ring: 'test' as const }])
    assert.equal(await code(planned), 'driver/no')
})

test('rows that can not be dumped are named all the same, and nobody is told of a dump', async () => {
  for (const o of [{ dump: 'refused' }, { isKept: false }, { dump: 'no\n' }]) {
    const { end } = await ended({ count: '3 log\n', ...o })
    assert.deepEqual([end.outcome, end.facts?.['dump']], ['failed', null])
    assert.match(end.said, /3 transactions.*could not be dumped/)
  }
})

test('on a test host it is recorded and keeps nobody from going on', async () => {
  const { end, kept } = await ended({ count: '3 log\n', planned: { ring: 'test' } })
  assert.deepEqual([end.outcome, end.facts?.['transactions']], ['done', 3])
  assert.deepEqual(kept, [])
  assert.equal((await ended({ count: 'refused', planned: { ring: 'test' } })).end.outcome, 'done')
})

test('where the estate says that nothing is kept, nothing is counted', async () => {
  const { end, asked } = await ended({ count: 'refused', planned: { stateless: true } })
  assert.equal(end.outcome, 'done')
  assert.deepEqual(asked, [])
})
