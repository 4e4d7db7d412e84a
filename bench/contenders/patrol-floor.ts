import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import ssh2 from 'ssh2'
import { givenInventory } from './hosts.ts'

// The floor of an inspection: connect, the script on standard input, its whole answer in memory, close, by ssh2 alone. It
// does not look at the host's key, nor at what the answer says.

const { hosts, port, user, key } = givenInventory()
const script = readFileSync(process.argv[3] ?? '')
const atOnce = Number(process.argv[4] ?? 32)
const privateKey = readFileSync(key)
const left = [...hosts]
let done = 0

function once(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    client.on('error', reject)
    client.on('ready', () =>
      client.exec('exec /bin/sh -s', (error, channel) => {
        if (error !== undefined) return reject(error)
        const parts: Buffer[] = []
        channel.on('data', (part: Buffer) => parts.push(part))
        channel.on('close', () => {
          done += /^@end \d+$/m.test(Buffer.concat(parts).toString('utf8')) ? 1 : 0
          client.end()
          resolve()
        })
        channel.stderr.resume()
        channel.end(script)
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
