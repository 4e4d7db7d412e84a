import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WindowAnswer } from '../../../core/gate/start.ts'
import { execute } from '../../../core/run/execute.ts'
import { fold } from '../../../core/run/fold.ts'
import { nextDue } from '../../../core/run/next-due.ts'
import type { PatchPlan } from '../../../schemas/plan.ts'
import { exitOf } from '../../../playbooks/rollout/run.ts'
import { simulatedHost, simulatedPlan, simulatedWorld } from './fleet.ts'

const hour = 3_600_000

function pair(policy: Partial<PatchPlan['policy']>): PatchPlan {
  const hosts = [simulatedHost('t', 'test', ['app']), simulatedHost('p', 'production', ['app'])]
  return simulatedPlan(hosts, [['p']], policy)
}

/** Open for the first half hour of every tenth hour. */
function tenthHours(startMs: number): WindowAnswer {
  const begun = Math.floor(startMs / (10 * hour)) * 10 * hour
  if (startMs - begun < hour / 2) return { open: true, endsMs: begun + hour / 2 }
  return { open: false, says: 'shut', untilMs: begun + 10 * hour }
}

async function run(plan: PatchPlan, window: (startMs: number) => WindowAnswer, atMs: number) {
  const world = simulatedWorld({})
  const clock = { offset: atMs }
  const ports = { ...world.ports, now: () => world.ports.now() - 1_000_000 + clock.offset, window }
  const tell: typeof ports.tell = async (event) => ({
    ...(await world.ports.tell(event)),
    timeMs: ports.now(),
  })
  const end = await execute(plan, fold(plan, world.events), { ...ports, tell })
  return end
}

test('a window that is open now, and shut when the soak is over: next is the opening after the soak', async () => {
  const end = await run(pair({ soakMs: 3 * hour }), tenthHours, 10 * hour)
  assert.deepEqual(
    end.waits.map((wait) => wait.gate),
    ['soak', 'window'],
  )
  assert.equal(end.nextMs, 20 * hour)
  assert.equal(exitOf(end), 'ok')
})

test('a window that is shut now, and open when the soak is over: next is the end of the soak', async () => {
  const end = await run(pair({ soakMs: 9 * hour }), tenthHours, 11 * hour)
  assert.deepEqual(
    end.waits.map((wait) => wait.gate),
    ['soak'],
  )
  const soakedMs = (end.state.testPassedMs ?? 0) + 9 * hour
  assert.equal(end.nextMs, soakedMs)
})

for (const [days, says, gates] of [
  [1, 'forward', ['window']],
  // The test hosts have passed in a time to come, so their soak and the notice are not over.
  [-1, 'back', ['soak', 'notice']],
] as const) {
  // Fault 13, controllers: the clock jumps by a day while a host is patched.
  // Outcome: that host is finished, and none begins outside its window.
  test(`the clock jumps a day ${says}: the host under way is finished, and no other begins outside the window`, async () => {
    const production = ['p1', 'p2'].map((name) => simulatedHost(name, 'production', ['app']))
    const plan = simulatedPlan([simulatedHost('t', 'test', ['app']), ...production], [['p1'], ['p2']])
    const world = simulatedWorld({
      fault: (host, step) => {
        if (host === 'p1' && step.id === 'apt.install') world.advance(days * 24 * hour)
        return undefined
      },
    })
    const fromMs = world.ports.now()
    const night = (startMs: number): WindowAnswer =>
      startMs >= fromMs && startMs < fromMs + hour
        ? { open: true, endsMs: fromMs + hour }
        : { open: false, says: 'shut', untilMs: null }
    const end = await execute(plan, fold(plan, world.events), { ...world.ports, window: night })
    assert.equal(end.state.hosts['p1']?.outcome, 'done')
    assert.equal(end.state.hosts['p2']?.outcome, null)
    assert.ok(!world.performed.some((line) => line.startsWith('p2 ')))
    assert.deepEqual(
      end.waits.map(({ gate }) => gate),
      gates,
    )
  })
}

test('what only a person opens ends a run as refused, not as well', async () => {
  const after: WindowAnswer = { open: false, gate: 'after', says: 'waits for oa', untilMs: null }
  const shut = await run(pair({}), () => after, hour)
  assert.equal(shut.nextMs, null)
  assert.equal(exitOf(shut), 'refused')

  const plan = pair({ backupMaxAgeMs: 1000 })
  const world = simulatedWorld({})
  const noBackup = { ...world.ports, askBackup: async () => ({ timeMs: null, said: 'no answer' }) }
  const backup = await execute(plan, fold(plan, world.events), noBackup)
  assert.equal(backup.waits[0]?.gate, 'backup')
  assert.equal(exitOf(backup), 'refused')
})

test('a run that was asked to stop ends as interrupted', async () => {
  const plan = pair({})
  const world = simulatedWorld({})
  const end = await execute(plan, fold(plan, world.events), { ...world.ports, stopping: () => true })
  assert.equal(exitOf(end), 'interrupted')
})

test('the next run is due when the gates of all are open and the first host may start', () => {
  const soak = { gate: 'soak', says: '', untilMs: 5 }
  const window = (host: string, untilMs: number | null) => ({ gate: 'window', host, says: '', untilMs })
  assert.equal(nextDue([]), null)
  assert.equal(nextDue([soak, window('a', 9), window('b', 7)]), 7)
  assert.equal(nextDue([soak, window('a', 3)]), 5)
  assert.equal(nextDue([window('a', null), window('b', 7)]), 7)
  assert.equal(nextDue([soak, window('a', null)]), null)
  assert.equal(nextDue([{ gate: 'unknown', host: 'a', says: '', untilMs: null }, soak]), null)
})

test('a mail that did not reach everybody is not called told', async () => {
  const plan = pair({ noticeMs: hour })
  const world = simulatedWorld({})
  const mail = async () => ({ sent: false, said: 'no mail server' })
  const end = await execute(plan, fold(plan, world.events), { ...world.ports, mail })
  assert.match(end.waits.find((wait) => wait.gate === 'notice')?.says ?? '', /could NOT be told/)
})
