import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import ssh2 from 'ssh2'
import { givenInventory } from './hosts.ts'

// The floor: connect, `true`, close, by ssh2 alone. It does not even look at the host's key.

const { hosts, port, user, key } = givenInventory()
const atOnce = Number(process.argv[3] ?? 50)
const privateKey = readFileSync(key)
const left = [...hosts]
let done = 0

function once(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    client.on('error', reject)
    client.on('ready', () =>
      client.exec('true', (error, channel) => {
        if (error !== undefined) return reject(error)
        channel.on('exit', (code: number | null) => (done += code === 0 ? 1 : 0))
        channel.on('close', () => {
          client.end()
          resolve()
        })
        channel.resume()
        channel.stderr.resume()
      }),
    )
    client.connect({ sock: connect({ host: address, port, noDelay: true }), username: user, privateKey })
  })
}

async function worker(): Promise<void> {
  for (let host = left.shift(); host !== undefined; host = left.shift()) await once(host.address)
}

await Promise.all(Array.from({ length: atOnce }, worker))
console.log(JSON.stringify({ done }))
