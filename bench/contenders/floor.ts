import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import ssh2 from 'ssh2'
import { givenInventory } from './hosts.ts'

/**
 * The least that a controller does, by ssh2 alone: connects to each host of the inventory, so many at once, runs a command there
 * and closes. It does not even look at the host's key. `run` starts the command and says whether it did its work. Prints
 * on how many hosts it did.
 */
export async function floor(
  atOnce: number,
  command: string,
  run: (channel: ssh2.ClientChannel) => Promise<boolean>,
): Promise<void> {
  const { hosts, port, user, key } = givenInventory()
  const privateKey = readFileSync(key)
  const left = [...hosts]
  let done = 0

  function once(address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const client = new ssh2.Client()
      client.on('error', reject)
      client.on('ready', () =>
        client.exec(command, (error, channel) => {
          if (error !== undefined) return reject(error)
          channel.stderr.resume()
          run(channel).then((isDone) => {
            done += isDone ? 1 : 0
            client.end()
            resolve()
          }, reject)
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
}
