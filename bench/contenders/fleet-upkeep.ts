import { hostPool } from '../../connect/pool.ts'
import { givenInventory, targetsOf } from './hosts.ts'

// One command on every host through Upkeep's pool as a session makes it: every connection stays open to the end.

const targets = targetsOf(givenInventory())
const handshakes = process.argv[3]
const pool = hostPool(targets, {
  timeoutMs: 60_000,
  ...(handshakes === undefined ? {} : { handshakes: Number(handshakes) }),
})
let done = 0

async function once(name: string): Promise<void> {
  const host = await pool.get(name)
  if (!host.ok) return console.error(JSON.stringify(host.problems))
  const ran = await host.value.run('true', { root: true, timeoutMs: 60_000 })
  if (!ran.ok) return console.error(JSON.stringify(ran.problems))
  if (ran.value.code === 0) done += 1
}

await Promise.all(targets.map(({ name }) => once(name)))
pool.closeAll()
console.log(JSON.stringify({ done }))
