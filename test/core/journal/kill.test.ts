import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { listSegments } from '../../../core/journal/segments.ts'
import { isJournalStop } from '../../../core/journal/stop.ts'
import { verifyJournal } from '../../../core/journal/verify.ts'
import { takeLease } from '../../../core/lease/lease.ts'
import { freshDirectory, openForTest, valueOf } from './open-state.ts'

const program = join(import.meta.dirname, 'writer-process.ts')

async function textOf(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(child, 'close')
  return text
}

// Fault 2, controllers: a writer of the journal is killed with -9. Outcome: what it acknowledged is there.
test('a writer killed with -9 at 30 random moments: what it acknowledged is there', async (context) => {
  const dir = await freshDirectory(context)
  const acknowledged: string[] = []
  for (let round = 0; round < 30; round += 1) {
    const child = spawn(process.execPath, [program, dir, '20000'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const text = textOf(child)
    // Every other time it may still be opening, and recovering from the kill before.
    if (round % 2 === 0) await once(child.stdout, 'readable')
    await setTimeout(Math.random() * (round % 2 === 0 ? 30 : 250))
    child.kill('SIGKILL')
    acknowledged.push(...(await text).split('\n').slice(0, -1))
  }
  const journal = valueOf(await openForTest(dir))
  await journal.close()
  const { ok, firstBad } = valueOf(await verifyJournal(dir))
  assert.ok(ok, firstBad?.why)
  const recorded = new Set(journal.events.map(({ sequence, hash }) => `${sequence} ${hash}`))
  assert.deepEqual(
    acknowledged.filter((line) => !recorded.has(line)),
    [],
  )
  const steps = journal.events.filter(({ type }) => type === 'step.done').length
  assert.ok(
    steps - acknowledged.length < 30 * 200,
    'an event may be on the disk before its writer could say so',
  )
  assert.ok((await listSegments(dir)).length > 1)
})

// Fault 12, controllers: a writer sleeps past its lease and wakes in the middle of an append.
// Outcome: shut out, and the chain stands.
test('a writer that sleeps past its lease and wakes in mid-append is shut out, and the chain stands', async (context) => {
  const state = await freshDirectory(context)
  const dir = join(state, 'journal')
  let time = Date.UTC(2026, 0, 1)
  const lease = (host: string) =>
    takeLease({
      dir: join(state, 'lease'),
      holder: { host, pid: 7, bootId: 'b', user: 'ada' },
      ttlMs: 1000,
      now: () => time,
      alive: () => true,
    })
  let wake = () => {}
  let asleep = Promise.resolve()
  const beforeAppend = () => asleep
  const slow = valueOf(
    await openForTest(dir, { lease: valueOf(await lease('one')), faults: { beforeAppend } }),
  )
  await slow.append('step.done', { data: { by: 'one' } })
  asleep = new Promise((resolve) => (wake = resolve))
  const late = slow.append('step.done', { data: { by: 'one, too late' } }).catch((error: unknown) => error)
  time += 2000
  const second = valueOf(await lease('two'))
  const journal = valueOf(await openForTest(dir, { lease: second }))
  await journal.append('step.done', { data: { by: 'two' } })
  wake()
  const stopped = await late
  assert.ok(isJournalStop(stopped))
  assert.equal(stopped.problem.code, 'lease/lost')
  await assert.rejects(slow.append('step.done', { data: {} }), isJournalStop)
  await journal.append('step.done', { data: { by: 'two' } })
  await journal.close()
  await second.release()

  const seen = valueOf(await verifyJournal(dir))
  assert.deepEqual([seen.ok, seen.firstBad, seen.tails.length], [false, undefined, 1])
  const third = valueOf(await openForTest(dir, { lease: valueOf(await lease('three')) }))
  await third.append('step.done', { data: { by: 'three' } })
  await third.close()
  assert.ok(valueOf(await verifyJournal(dir)).ok)
  assert.deepEqual(
    third.events.map(({ type, data }) => data['by'] ?? type),
    ['journal.opened', 'one', 'journal.opened', 'two', 'two', 'journal.recovered'],
  )
  assert.equal((await listSegments(dir)).length, 2)
  assert.match(
    await readFile(join(dir, 'quarantine', String(third.events.at(-1)?.data['file'])), 'utf8'),
    /too late/,
  )
})

test('bytes that are no event at all at the end of the journal do not end it', async (context) => {
  const dir = await freshDirectory(context)
  const journal = valueOf(await openForTest(dir))
  await journal.close()
  // Nothing was written yet: the first append creates the file.
  assert.deepEqual(await listSegments(dir), [])
  await writeFile(join(dir, '000001.jsonl'), Buffer.alloc(4096))
  const again = valueOf(await openForTest(dir))
  await again.append('step.done', { data: {} })
  await again.close()
  assert.ok(valueOf(await verifyJournal(dir)).ok)
})
