import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { ManyHosts } from './many-hosts.ts'

// `UPKEEP_SEED=N npx node --test test/simulation/many-hosts.long.test.ts` has the same rollout again.

const seed = Number(process.env['UPKEEP_SEED'] ?? Date.now() % 1_000_000_000)

type Measured = ManyHosts & {
  readonly seconds: number
  /** Events per second of processor time, of 250,000 and of 1,000,000 events. */
  readonly folded: readonly [number, number]
  readonly peakMb: number
}

async function measured(hosts: number): Promise<Measured> {
  // A thread of its own, with less memory than a controller may need: it ends, or it does not fit.
  const resourceLimits = { maxOldGenerationSizeMb: 700 }
  const worker = new Worker(new URL('many-hosts-worker.ts', import.meta.url), {
    workerData: { hosts, seed },
    resourceLimits,
  })
  const [sum] = (await once(worker, 'message')) as [Measured]
  return sum
}

// Fault, simulation: seeded faults in a fleet of 100,000 hosts.
// Outcome: every invariant holds, in under 1 GB.
test('a rollout over 100,000 hosts holds every invariant, under 1 GB', async (t) => {
  const sum = await measured(100_000)
  t.diagnostic(`seed ${seed}: ${JSON.stringify(sum)}`)
  assert.deepEqual(
    sum.found,
    [],
    `Again: UPKEEP_SEED=${seed} npx node --test test/simulation/many-hosts.long.test.ts`,
  )
  assert.equal(sum.outcome, 'stopped', 'some hosts fail, within the budget, and all others are patched')
  assert.ok(sum.patched > 95_000, `${sum.patched} hosts patched`)
  assert.ok(sum.events > 3_000_000, `${sum.events} events`)
  assert.ok(sum.runs > 5, `${sum.runs} runs`)
  assert.ok(sum.peakMb < 1000, `${sum.peakMb} MB`)
  const [few, many] = sum.folded
  assert.ok(
    many > few / 3,
    `${few} events a second of 250,000, and ${many} of 1,000,000: more than in proportion`,
  )
})
