import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import ssh2 from 'ssh2'
import { givenInventory } from './hosts.ts'

// Commands one after the other on one connection, by ssh2 alone; its socket as ssh2 leaves it, or told not to wait.

const { hosts, port, user, key } = givenInventory()
const count = Number(process.argv[3] ?? 100)
const noDelay = process.argv[4] === 'no-delay'
const client = new ssh2.Client()

function once(): Promise<void> {
  return new Promise((resolve, reject) => {
    client.exec('true', (error, channel) => {
      if (error !== undefined) return reject(error)
      channel.on('exit', (code: number | null) =>
        code === 0 ? undefined : reject(new Error(`exit ${code}`)),
      )
      channel.on('close', resolve)
      channel.resume()
      channel.stderr.resume()
    })
  })
}

const ready = new Promise<void>((resolve, reject) => client.on('ready', () => resolve()).on('error', reject))
const sock = connect({ host: hosts[0]?.address ?? '', port, noDelay })
client.connect({ sock, username: user, privateKey: readFileSync(key) })
await ready
await once()
const startedMs = performance.now()
for (let done = 0; done < count; done += 1) await once()
console.log(JSON.stringify({ msEach: (performance.now() - startedMs) / count }))
client.end()
