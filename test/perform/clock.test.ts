import assert from 'node:assert/strict'
import test from 'node:test'
import { whyNotAsPlanned } from '../../playbooks/perform/check.ts'
import type { Problem } from '../../schemas/problem.ts'
import { performing, printed, simulatedHostWorld } from './world.ts'

/** Why a host that is as planned may not be begun, when its clock says this. */
async function whyNot(clock: (nowMs: number) => string): Promise<readonly Problem[]> {
  const mounts = `@mounts ${Buffer.from('root btrfs /\n').toString('base64')} 0\n@end 1\n`
  const world = simulatedHostWorld({
    run: (script) => printed(script.includes('section mounts') ? mounts : 'ii 1\nunfinished\nholds\n'),
    change: { now: () => nowMs },
    clock,
  })
  const found = await whyNotAsPlanned(world, performing(world, { kind: 'fresh' }).planned, 1000)
  return found.ok ? found.value : found.problems
}

const nowMs = Date.parse('2026-11-26T12:00:00Z')

// Fault 13, hosts: the clock of a host is wrong by more than a minute, or can not be read.
// Outcome: refused before any effect, with how far it is off.
test('a host whose clock is off by more than a minute, or says nothing, is refused with how far it is off', async () => {
  for (const [offMs, said] of [
    [60_001, 'ahead by 60.001 s'],
    [-60_001, 'behind by 60.001 s'],
    [86_400_000, 'ahead by 86400 s'],
  ] as const) {
    const [problem, ...more] = await whyNot(() => String(nowMs + offMs))
    assert.equal(more.length, 0)
    assert.equal(problem?.code, 'gate/clock')
    assert.equal(problem.found, said)
    assert.equal(problem.expected, 'at most 60 s apart')
  }
  for (const nothing of ['', 'now', '-1', '\u001b[2J', '9'.repeat(40)]) {
    const [problem] = await whyNot(() => nothing)
    assert.equal(problem?.code, 'gate/clock', nothing)
    assert.ok(!problem.found?.includes('\u001b'))
  }
})

test('a host whose clock is off by a minute or less may be begun', async () => {
  for (const offMs of [0, 60_000, -60_000]) assert.deepEqual(await whyNot(() => String(nowMs + offMs)), [])
})
