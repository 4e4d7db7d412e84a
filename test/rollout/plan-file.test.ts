import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { keepPlan, keptPlanPath, planDigest, readPlan, writePlan } from '../../playbooks/rollout/plan-file.ts'
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

// Fault 17, people: a plan file is torn, at any length, or any byte of it is changed.
// Outcome: it is not taken, or it says the same.
test('a plan that is cut or changed anywhere is no plan', async (context) => {
  const dir = await freshDirectory(context)
  const bare = simulatedPlan([simulatedHost('p', 'production', ['app'])], [['p']])
  const plan = { ...bare, digest: planDigest(bare) }
  const path = join(dir, 'plan.json')
  await writePlan(path, plan)
  const whole = await readFile(path)
  assert.deepEqual(valueOf(await readPlan('patch', path, 'plan.json')), plan)
  // What ends with the last brace is whole.
  for (let length = 0; length < whole.length - 1; length += 131) {
    await writeFile(path, whole.subarray(0, length))
    const read = await readPlan('patch', path, 'plan.json')
    assert.match(read.ok ? 'taken' : (read.problems[0]?.code ?? ''), /^plan-file\//, `cut at ${length}`)
  }
  for (let at = 0; at < whole.length; at += 61) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    await writeFile(path, changed)
    const read = await readPlan('patch', path, 'plan.json')
    if (read.ok) assert.deepEqual(read.value, plan, `changed at ${at}`)
    else assert.match(read.problems[0]?.code ?? '', /^plan-file\/|^plan\/stale$/, `changed at ${at}`)
  }
})
