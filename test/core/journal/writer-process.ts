import { openForTest, valueOf } from './open-state.ts'

const [dir = '', segmentBytes] = process.argv.slice(2)

/** Appends until it is killed; tells its parent what was acknowledged, a line each. */
async function appendForEver(): Promise<void> {
  const journal = valueOf(await openForTest(dir, { segmentBytes: Number(segmentBytes) }))
  for (;;) {
    const event = await journal.append('step.done', { data: { note: 'x'.repeat(300) } })
    process.stdout.write(`${event.sequence} ${event.hash}\n`)
  }
}

await appendForEver()
