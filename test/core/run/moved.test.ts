import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StepEnd } from '../../../core/run/events.ts'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import { movedSchemas } from '../../../core/run/moved.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const elsewhere = { databasesElsewhere: [{ name: 'erp', port: 5432, on: 'db1' }] }
const plan = simulatedPlan(
  [simulatedHost('t', 'test', ['app'], elsewhere), simulatedHost('p', 'production', ['app'], elsewhere)],
  [['p']],
)

/** A rollout whose test host finds this; the application of the production host is found broken where `breaks` says. */
async function ran(moved: boolean, breaks: string, compared: StepEnd['outcome'] = 'done') {
  const world = simulatedWorld({
    fault(host, { id }) {
      if (host !== 'p') return undefined
      if (id.startsWith('schema.compare')) return compared
      return id === breaks ? 'failed' : undefined
    },
  })
  const { perform } = world.ports
  const ports: typeof world.ports = {
    ...world.ports,
    async perform(host, step, context) {
      const end = await perform(host, step, context)
      return step.action.kind === 'schema.look' ? { ...end, facts: { moved } } : end
    },
  }
  const { state } = await execute(plan, fold(plan, world.events), ports)
  return { state, performed: world.performed }
}

test('what a patch moves is known from the test ring before production begins', async () => {
  const moved = await ran(true, 'none')
  assert.deepEqual(movedSchemas(plan, moved.state), [{ host: 't', database: 'erp' }])
  assert.deepEqual(movedSchemas(plan, (await ran(false, 'none')).state), [])
})

for (const [breaks, way] of [
  ['check.verify', 'snapshot'],
  ['check.observe', 'packages'],
] as const) {
  // Fault, packages: the package of an application host migrates the database on another host, and must go back.
  // Outcome: neither its snapshot nor its old packages are put under a schema that they may not read; a person decides.
  test(`an application whose patch moved the schema elsewhere is not put back by ${way} (${breaks})`, async () => {
    const { state, performed } = await ran(true, breaks, 'failed')
    const host = state.hosts['p']
    assert.deepEqual([host?.outcome, host?.way], ['stuck', way])
    assert.match(host?.said ?? '', /^schema\.compare-erp-on-db1/)
    assert.ok(!performed.some((line) => /^p (snapshot\.restore|apt\.downgrade)/.test(line)))
  })

  test(`and is, where it did not move (${breaks})`, async () => {
    const { state } = await ran(false, breaks)
    assert.deepEqual([state.hosts['p']?.outcome, state.hosts['p']?.way], ['undone', way])
  })
}
