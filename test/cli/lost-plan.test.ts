import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { keptPlanPath } from '../../playbooks/rollout/plan-file.ts'
import { onlyDocument } from './document.ts'
import { ranRollout, runMore } from './rollout.ts'
import { upkeep } from './upkeep.ts'

// Fault 11, controllers: a kept plan can not be read.
// Outcome: its rollout is named, and the others are shown.
test('a rollout whose kept plan can not be read is named, and the others are shown', async (context) => {
  const { cwd } = await ranRollout(context)
  await runMore(cwd, 'r2')
  rmSync(keptPlanPath(join(cwd, 'state'), 'r1'))
  const status = upkeep(['patch', 'status'], { cwd })
  assert.equal(status.code, 3, status.err)
  assert.match(status.out, /^r1 {2}erp {2}its kept plan can not be read$/m)
  assert.match(status.out, /^r2 {2}erp {2}done$/m)
  assert.match(status.err, /plans\/r1\.json/)
  const json = upkeep(['patch', 'status', '--json'], { cwd })
  assert.equal(json.code, 3)
  const { rollouts, unreadable } = onlyDocument(json.out) as Record<string, { rollout: string }[]>
  assert.deepEqual(
    [rollouts?.map((one) => one.rollout), unreadable?.map((one) => one.rollout)],
    [['r2'], ['r1']],
  )
  // What it needs nobody knows: nothing is removed.
  assert.equal(upkeep(['patch', 'expire'], { cwd }).code, 3)
})
