import assert from 'node:assert/strict'
import test from 'node:test'
import { perform } from '../../playbooks/perform/perform.ts'
import type { Action } from '../../schemas/plan.ts'
import { fail, ok } from '../../schemas/problem.ts'
import { linkLost, performing, printed, simulatedHostWorld } from './world.ts'

type World = ReturnType<typeof simulatedHostWorld>

async function performed(world: World, action: Action, resume = false) {
  const { planned, step, context } = performing(world, action, resume)
  return perform(world, planned, step, context)
}

const rows = { port: 5432, database: 'erp' }
const script: Action = { kind: 'script', script: 'true', args: [] }

for (const action of [
  { kind: 'rows.mark', ...rows },
  { kind: 'rows.kept', ...rows },
  { kind: 'snapshot.take', name: 's' },
  { kind: 'reboot', only: 'when-needed' },
  { kind: 'traffic', scope: 'host', hosts: ['t'], run: ['close'] },
] as const) {
  // Fault 3, links: an action loses its link. Outcome: it ends unknown.
  test(`${action.kind} that loses its link ends unknown`, async () => {
    const snapshots = { ...noSnapshots, take: async () => ok(undefined) }
    const world = simulatedHostWorld({ run: () => linkLost, change: { snapshots } })
    assert.equal((await performed(world, action as Action)).outcome, 'unknown')
  })
}

const noSnapshots = {
  name: 'none',
  list: async () => ok([]),
  inspect: async () => ok({ freeBytes: 0, leftOut: [] }),
  claim: async () => ok(undefined),
  take: async () => silence,
  restore: async () => silence,
  has: async () => ok(false),
  byHand: () => [],
  remove: async () => silence,
}
const silence = fail({ code: 'snapshot/no-answer', what: 'No answer in time.' })

for (const kind of ['snapshot.take', 'snapshot.restore', 'snapshot.remove'] as const) {
  test(`${kind} without an answer of the hypervisor ends unknown`, async () => {
    const world = simulatedHostWorld({ change: { snapshots: noSnapshots } })
    assert.equal((await performed(world, { kind, name: 's' })).outcome, 'unknown')
  })
}

test('a check that loses its link has failed: it did nothing', async () => {
  const world = simulatedHostWorld({ run: () => linkLost })
  assert.equal((await performed(world, { kind: 'fresh' })).outcome, 'failed')
})

test('a host that answers no is a failure', async () => {
  const world = simulatedHostWorld({
    run: () => ok({ code: 1, stdout: '', stderr: 'no such database', truncated: false, lost: false }),
  })
  const end = await performed(world, { kind: 'rows.mark', ...rows })
  assert.equal(end.outcome, 'failed')
  assert.match(end.said, /no such database/)
})

for (const code of [
  'host/key-changed',
  'host/key-unknown',
  'host/auth-refused',
  'host/sudo-refused',
  'secret/not-read',
]) {
  test(`${code} before a script was started is a failure with its own problem`, async () => {
    const world = simulatedHostWorld({ notConnected: { code, what: 'Not let in.' } })
    const end = await performed(world, script)
    assert.equal(end.outcome, 'failed')
    assert.equal(end.problem?.code, code)
    // An earlier controller may have started it.
    assert.equal((await performed(world, script, true)).outcome, 'unknown')
  })
}

test('a key that changes after the start says nothing about the work', async () => {
  let calls = 0
  const changed = fail({ code: 'host/key-changed', what: 'Another key.' })
  const world = simulatedHostWorld({
    run: () => {
      calls += 1
      return calls === 1 ? printed('start=started\n') : changed
    },
  })
  const end = await performed(world, script)
  assert.equal(end.outcome, 'unknown')
  assert.match(end.said, /Another key/)
})

test('a host that has booted meanwhile is not asked to reboot again', async () => {
  const scripts: string[] = []
  let asked = 0
  const world = simulatedHostWorld({
    run: (text, args) => {
      scripts.push(text)
      if (text.includes('.boot" 2>/dev/null')) return printed('boot-1\n')
      if (text.includes('mark=')) return printed('boot-1\nboot-1\n')
      if (!text.includes('systemctl reboot')) {
        return printed('00000000-0000-0000-0000-000000000002\nrunning\n')
      }
      asked += 1
      assert.deepEqual(args, ['boot-1'])
      assert.match(text, /boot_id\)" = "\$1" \] \|\| exit 0/)
      return asked === 1 ? linkLost : printed('')
    },
  })
  const end = await performed(world, { kind: 'reboot', only: 'when-needed' })
  assert.equal(end.outcome, 'done')
  assert.equal(asked, 2)
})
