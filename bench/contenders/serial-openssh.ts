import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { opensshOptions } from '../inventory.ts'
import { givenInventory } from './hosts.ts'

// Commands one after the other over a master of OpenSSH, each by a client of its own, as people and tools do it.

const inventory = givenInventory()
const count = Number(process.argv[3] ?? 100)
const socket = `ControlPath=${join(inventory.dir, 'master')}`
const to = ['-p', String(inventory.port), '-l', inventory.user, inventory.hosts[0]?.address ?? '']
const ssh = (...words: string[]) =>
  execFileSync('ssh', [...opensshOptions(inventory), '-o', socket, ...words], { stdio: 'ignore' })

ssh('-o', 'ControlMaster=yes', '-f', '-N', ...to)
try {
  ssh(...to, 'true')
  const startedMs = performance.now()
  for (let done = 0; done < count; done += 1) ssh(...to, 'true')
  console.log(JSON.stringify({ msEach: (performance.now() - startedMs) / count }))
} finally {
  ssh('-O', 'exit', ...to)
}
