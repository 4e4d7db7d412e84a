import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { shown } from './shown.ts'
import { simulate } from './simulate.ts'

// A failure prints its seed, and `UPKEEP_SEED=N npx node --test test/simulation/rollouts.test.ts` has it again.

const rollouts = 10_000
const given = process.env['UPKEEP_SEED']
const first = given === undefined ? Date.now() % 1_000_000_000 : Number(given)

type Sum = {
  readonly events: number
  readonly runs: number
  readonly ends: Readonly<Record<string, number>>
  readonly failed: { readonly seed: number; readonly says: string } | null
}

/** Simulates so many seeds in a thread of their own: what node:test hooks into promises would double the cost. */
async function simulated(seed: number, count: number): Promise<Sum> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: { first: seed, count } })
  const [sum] = (await once(worker, 'message')) as [Sum]
  return sum
}

function assertHeld({ failed }: Sum): void {
  if (failed === null) return
  const again = `UPKEEP_SEED=${failed.seed} npx node --test test/simulation/rollouts.test.ts`
  assert.fail(`seed ${failed.seed}\n${failed.says}\nAgain: ${again}`)
}

// Fault 1, simulation: steps fail, lie or are never heard of, hosts are lost, controllers are killed, clocks jump.
// Outcome: every invariant holds after every event.
test(`every invariant holds after every event of ${rollouts} rollouts, whatever befalls them`, async (t) => {
  const count = given === undefined ? rollouts : 1
  const before = process.cpuUsage()
  const sum = await simulated(first, count)
  const { user, system } = process.cpuUsage(before)
  t.diagnostic(`seeds ${first} to ${first + count - 1}: ${JSON.stringify(sum)}`)
  t.diagnostic(`${((user + system) / 1e6).toFixed(1)} s of processor time`)
  assertHeld(sum)
  if (given !== undefined) return
  // A simulation in which next to nothing ever happens would prove nothing.
  for (const end of ['done', 'stopped', 'rolled-back', 'not known']) {
    assert.ok((sum.ends[end] ?? 0) > rollouts / 200, `${sum.ends[end] ?? 0} rollouts ended ${end}`)
  }
  assert.ok(sum.runs > 2 * rollouts && sum.events > 80 * rollouts)
})

for (const [seed, bug] of shown) {
  test(`seed ${seed} shows no longer that ${bug}`, async () => {
    assertHeld(await simulated(seed, 1))
  })
}

test('the same seed is the same rollout, event by event', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    assert.deepEqual((await simulate(seed)).journal, (await simulate(seed)).journal)
  }
})
