import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isJournalStop } from '../../../core/journal/stop.ts'
import { readJournal } from '../../../core/journal/read.ts'
import { segmentPath } from '../../../core/journal/segments.ts'
import { sha256 } from '../../../core/digest.ts'
import type { Event } from '../../../schemas/event.ts'
import { freshDirectory, openForTest, soleLease, valueOf, writeJournal } from './open-state.ts'

async function eventsOf(dir: string): Promise<readonly Event[]> {
  const events: Event[] = []
  for await (const event of readJournal(dir)) events.push(valueOf(event))
  return events
}

test('events come back as they were appended, chained from 64 zeros', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 3)
  await writeJournal(dir, 2)
  const events = await eventsOf(dir)
  assert.deepEqual(
    events.map(({ type, sequence }) => [type, sequence]),
    [
      ['journal.opened', 1],
      ['step.done', 2],
      ['step.done', 3],
      ['step.done', 4],
      ['step.done', 5],
      ['step.done', 6],
    ],
  )
  assert.equal(events[0]?.previous, '0'.repeat(64))
  for (const [index, event] of events.slice(1).entries()) assert.equal(event.previous, events[index]?.hash)
  assert.equal(events[1]?.id, 'r-1/2')
  assert.deepEqual(await readdir(dir), ['000001.jsonl'])
})

test('concurrent appends are written one after the other', async (context) => {
  const dir = await freshDirectory(context)
  const journal = valueOf(await openForTest(dir))
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => journal.append('step.done', { data: { index } })),
  )
  await journal.close()
  const indexes = (await eventsOf(dir)).slice(1).map(({ data }) => data['index'])
  assert.deepEqual(indexes, [...Array(50).keys()])
})

test('the journal keeps its own event types, and nothing after close', async (context) => {
  const journal = valueOf(await openForTest(await freshDirectory(context)))
  assert.throws(() => journal.append('journal.closed', { data: {} }), /for the journal itself/)
  await journal.close()
  await assert.rejects(journal.append('step.done', { data: {} }), /closed/)
})

test('a full segment is closed and the next one continues the chain', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 10, { segmentBytes: 2000 })
  await writeJournal(dir, 10, { segmentBytes: 2000 })
  const names = await readdir(dir)
  assert.ok(names.length >= 5, names.join())
  for (const name of names) assert.ok((await stat(join(dir, name))).size < 3000)
  const events = await eventsOf(dir)
  assert.equal(events.filter(({ type }) => type === 'step.done').length, 20)
  assert.equal(events.filter(({ type }) => type === 'journal.closed').length, names.length - 1)
})

// Fault 2, controllers: the last line of the journal is cut, at every byte.
// Outcome: set aside as it was, recorded, and the chain goes on.
test('the last line cut at every byte: set aside as it was, recorded, and the chain goes on', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 3)
  const whole = await readFile(segmentPath(dir, 1))
  const start = whole.lastIndexOf('\n', whole.length - 2) + 1
  for (let length = start; length < whole.length; length += 1) {
    const copy = await mkdtemp(join(tmpdir(), 'upkeep-torn-'))
    await writeFile(segmentPath(copy, 1), whole.subarray(0, length))
    const journal = valueOf(await openForTest(copy))
    const event = await journal.append('step.done', { data: { after: 'recovery' } })
    await journal.close()
    assert.equal(event.sequence, length === start ? 4 : 5)
    if (length > start) {
      const torn = whole.subarray(start, length)
      const file = `000001-${start}.bin`
      assert.deepEqual(await readFile(join(copy, 'quarantine', file)), torn)
      const recovered = journal.events.at(-1)
      const data = { file, segment: 1, offset: start, bytes: torn.length, sha256: sha256(torn), ended: false }
      assert.equal(recovered?.type, 'journal.recovered')
      assert.deepEqual(recovered.data, data)
    }
    assert.equal((await eventsOf(copy)).length, event.sequence)
    await rm(copy, { recursive: true })
  }
})

// Fault 2, controllers: the work on a torn line ends between setting it aside and recording it.
// Outcome: the next open records it.
test('killed between setting aside and recording: the next open records it', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 2)
  await appendFile(segmentPath(dir, 1), '{"torn')
  const first = await openForTest(dir, { lease: { ...soleLease, held: async () => false } })
  assert.equal(first.ok ? '' : first.problems[0]?.code, 'lease/lost')
  // The event itself was written, but torn as well.
  const { size } = await stat(segmentPath(dir, 1))
  await truncate(segmentPath(dir, 1), size - 10)
  const journal = valueOf(await openForTest(dir))
  await journal.close()
  assert.equal(journal.events.filter(({ type }) => type === 'journal.recovered').length, 2)
  const names = await readdir(join(dir, 'quarantine'))
  assert.equal(names.length, 2)
})

// Fault 11, controllers: a line before the end of the journal is bad.
// Outcome: it does not open, the place is named, and nothing is changed.
test('a bad line before the end refuses to open, names the place and changes nothing', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 5)
  const file = segmentPath(dir, 1)
  const text = (await readFile(file, 'utf8')).replace('"index":1', '"index":7')
  await writeFile(file, `${text}{"torn`)
  const result = await openForTest(dir)
  const problem = result.ok ? undefined : result.problems[0]
  assert.equal(problem?.code, 'journal/corrupt')
  assert.match(problem.where ?? '', /000001\.jsonl:3 \(byte \d+\)/)
  assert.match(problem.what, /does not match its hash/)
  assert.equal(await readFile(file, 'utf8'), `${text}{"torn`)
})

// Fault 10, controllers: a write to the journal fails. Outcome: every later append refuses.
test('after one failed write every later append refuses', async (context) => {
  const dir = await freshDirectory(context)
  let fail = false
  const beforeAppend = () => {
    if (fail) throw Object.assign(new Error('i/o error'), { code: 'EIO', syscall: 'write' })
  }
  const journal = valueOf(await openForTest(dir, { faults: { beforeAppend } }))
  await journal.append('step.done', { data: {} })
  fail = true
  const stopped = await journal.append('step.done', { data: {} }).catch((error: unknown) => error)
  assert.ok(isJournalStop(stopped))
  assert.equal(stopped.problem.code, 'journal/not-written')
  assert.match(stopped.problem.found ?? '', /EIO/)
  fail = false
  await assert.rejects(journal.append('step.done', { data: {} }), isJournalStop)
  await journal.close()
  assert.equal((await eventsOf(dir)).length, 2)
})
