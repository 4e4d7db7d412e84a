import { connect, createServer, type Socket } from 'node:net'

/** What befalls the bytes on their way to the server: in which pieces they go, and after how many nothing goes any more. */
export type Fate = {
  readonly slice?: number
  readonly after?: number
  /** `reset`: both ends are cut off; `silence`: nothing passes any more in either direction, and nobody is told. */
  readonly then?: 'reset' | 'silence'
}

/** A link on loopback to a port that treats each connection by what `fate` says at that time. */
export async function crumblingLink(to: number) {
  const sockets = new Set<Socket>()
  let fate: Fate = {}
  const server = createServer({ noDelay: true }, (near) => {
    const { slice = Infinity, after = Infinity, then = 'reset' } = fate
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true })
    let passed = 0
    const isOver = () => passed >= after
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    near.on('data', (bytes: Buffer) => {
      const left = bytes.subarray(0, Math.max(0, after - passed))
      for (let at = 0; at < left.length; at += slice) far.write(left.subarray(at, at + slice))
      passed += left.length
      if (isOver() && then === 'reset') for (const socket of [near, far]) socket.resetAndDestroy()
    })
    far.on('data', (bytes: Buffer) => {
      if (!isOver()) near.write(bytes)
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    befalls(next: Fate) {
      fate = next
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
