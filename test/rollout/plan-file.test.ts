import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { keepPlan, keptPlanPath, planDigest } from '../../playbooks/rollout/plan-file.ts'
import { freshDirectory, valueOf } from '../core/journal/open-state.ts'
import { simulatedHost, simulatedPlan } from '../core/run/fleet.ts'

test('a kept plan is whole, private and alone, and never makes room for another', async (context) => {
  const dir = await freshDirectory(context)
  const bare = simulatedPlan([simulatedHost('p', 'production', ['app'])], [['p']])
  const plan = { ...bare, digest: planDigest(bare) }
  const path = keptPlanPath(dir, plan.id)
  valueOf(await keepPlan(dir, plan))
  const kept = await readFile(path, 'utf8')
  assert.deepEqual(await readdir(join(dir, 'plans')), ['r1.json'])
  // Begun again after a stop between the plan and the journal.
  valueOf(await keepPlan(dir, plan))

  const changed = { ...bare, notes: ['other'] }
  const other = await keepPlan(dir, { ...changed, digest: planDigest(changed) })
  assert.equal(other.ok ? '' : other.problems[0]?.code, 'plan/stale')
  assert.equal(await readFile(path, 'utf8'), kept)
  await writeFile(path, kept.slice(0, 100))
  assert.ok(!(await keepPlan(dir, plan)).ok)
})
