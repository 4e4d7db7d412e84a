import { parentPort, workerData } from 'node:worker_threads'
import { simulate } from './simulate.ts'

// Simulates the seeds that it is given, one after the other, up to the first in which something is found.
const { first, count } = workerData as { readonly first: number; readonly count: number }
const sum = { events: 0, runs: 0, ends: {} as Record<string, number>, failed: null as Failed | null }
type Failed = { readonly seed: number; readonly says: string }

for (let seed = first; seed < first + count && sum.failed === null; seed += 1) {
  const { found, outcome, journal, runs } = await simulate(seed)
  const end = outcome ?? 'not known'
  sum.ends[end] = (sum.ends[end] ?? 0) + 1
  sum.events += journal.length
  sum.runs += runs
  const says = found.map(({ invariant, says: what }) => `${invariant}: ${what}`).join('\n')
  if (says !== '') sum.failed = { seed, says }
}
parentPort?.postMessage(sum)
