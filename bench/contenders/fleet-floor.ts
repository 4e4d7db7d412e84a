import { floor } from './floor.ts'

// The floor of one command on many hosts: connect, `true`, close.

await floor(
  Number(process.argv[3] ?? 50),
  'true',
  (channel) =>
    new Promise((resolve) => {
      let isDone = false
      channel.on('exit', (code: number | null) => (isDone = code === 0))
      channel.on('close', () => resolve(isDone))
      channel.resume()
    }),
)
