import { parentPort, workerData } from 'node:worker_threads'
import { foldSpeed, manyHostsPlan, simulateMany } from './many-hosts.ts'

// One rollout over as many hosts as it is told, and how fast their events are folded.
const { hosts, seed } = workerData as { readonly hosts: number; readonly seed: number }
const plan = manyHostsPlan(hosts)
const processorUs = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}
const before = processorUs()
const rollout = await simulateMany(plan, seed)
const seconds = (processorUs() - before) / 1e6
const folded = [250_000, 1_000_000].map((events) => Math.round(foldSpeed(plan, events, processorUs)))
const peakMb = Math.round(process.resourceUsage().maxRSS / 1024)
parentPort?.postMessage({ ...rollout, seconds, folded, peakMb })
