import { readFileSync } from 'node:fs'
import { floor } from './floor.ts'

// The floor of an inspection: the script on standard input and its whole answer in memory; nobody looks at what it says.

const script = readFileSync(process.argv[3] ?? '')

await floor(
  Number(process.argv[4] ?? 32),
  'exec /bin/sh -s',
  (channel) =>
    new Promise((resolve) => {
      const parts: Buffer[] = []
      channel.on('data', (part: Buffer) => parts.push(part))
      channel.on('close', () => resolve(/^@end \d+$/m.test(Buffer.concat(parts).toString('utf8'))))
      channel.end(script)
    }),
)
