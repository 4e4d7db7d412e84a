import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Planted } from './observed.ts'
import { plantedBugs } from './planted.ts'
import { simulate } from './simulate.ts'

/** The first seed that shows a bug, with the invariants that it breaks; null when none of so many does. */
async function foundAt(planted: Planted, most: number) {
  for (let seed = 1; seed <= most; seed += 1) {
    const { found } = await simulate(seed, planted)
    if (found.length > 0) return { seed, invariants: found.map((one) => one.invariant), says: found[0]?.says }
  }
  return null
}

for (const { name, invariant, planted } of plantedBugs) {
  // Fault, simulation: a bug is planted in the core, one for each invariant and more.
  // Outcome: the simulation finds it.
  test(`it is found that ${name} (${invariant})`, async (t) => {
    const at = await foundAt(planted, 1000)
    assert.ok(at !== null, 'not found')
    assert.ok(at.invariants.includes(invariant), `found: ${JSON.stringify(at)}`)
    t.diagnostic(`seed ${at.seed}: ${at.says ?? ''}`)
  })
}
