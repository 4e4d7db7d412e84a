import { connectSsh } from '../../connect/ssh.ts'
import { givenInventory, targetsOf } from './hosts.ts'

// Scripts one after the other on one of Upkeep's connections.

const [target] = targetsOf(givenInventory())
const count = Number(process.argv[3] ?? 100)
if (target === undefined) throw new Error('no host')
const host = await connectSsh(target, { timeoutMs: 30_000 })
if (!host.ok) throw new Error(JSON.stringify(host.problems))
const { value } = host

async function once(): Promise<void> {
  const ran = await value.run('true', { root: true, timeoutMs: 10_000 })
  if (!ran.ok || ran.value.code !== 0) throw new Error(JSON.stringify(ran))
}

await once()
const startedMs = performance.now()
for (let done = 0; done < count; done += 1) await once()
console.log(JSON.stringify({ msEach: (performance.now() - startedMs) / count }))
value.close()
