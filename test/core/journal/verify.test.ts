import assert from 'node:assert/strict'
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { segmentPath } from '../../../core/journal/segments.ts'
import { type Mark, verifyJournal } from '../../../core/journal/verify.ts'
import type { Event } from '../../../schemas/event.ts'
import { freshDirectory, openForTest, valueOf, writeJournal } from './open-state.ts'

async function report(dir: string, markOf?: (event: Event) => Mark | undefined) {
  return valueOf(await verifyJournal(dir, markOf))
}

test('a whole journal: counted, its heads named, and what the chain can not prove is said', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 12, { segmentBytes: 3000 })
  const { ok, events, heads, warnings, doesNotProve, tails } = await report(dir)
  assert.ok(ok)
  assert.deepEqual([warnings, tails], [[], []])
  assert.equal(heads.length, (await readdir(dir)).length)
  assert.equal(heads.at(-1)?.sequence, events)
  assert.match(doesNotProve.join('\n'), /cut off the end.*\n.*rewrite the whole journal/)
})

test('removed, exchanged and doubled lines are found, and the line is named', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 9)
  const path = segmentPath(dir, 1)
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  for (const [index, line] of lines.entries()) {
    const before = lines.slice(0, index)
    const after = lines.slice(index + 1)
    const isLast = after.length === 0
    const changed = {
      removed: [...before, ...after],
      doubled: [...before, line, line, ...after],
      exchanged: [...before, ...after.slice(0, 1), line, ...after.slice(1)],
    }
    for (const [how, texts] of Object.entries(changed)) {
      if (isLast && how === 'exchanged') continue
      await writeFile(path, `${texts.join('\n')}\n`)
      const { ok, firstBad, tails } = await report(dir)
      // A chain alone can not show that its end was cut off.
      assert.equal(ok, isLast && how === 'removed', `${how} ${index}`)
      const place = firstBad?.line ?? tails[0]?.line
      if (!ok) assert.equal(place, index + (how === 'doubled' ? 2 : 1), `${how} ${index}`)
    }
  }
})

test('a missing segment, and lines cut off a segment that is not the last, are found', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 12, { segmentBytes: 3000 })
  const first = segmentPath(dir, 1)
  const whole = await readFile(first)
  await writeFile(first, whole.subarray(0, whole.lastIndexOf('\n', whole.length - 2) + 1))
  assert.match((await report(dir)).firstBad?.why ?? '', /lines are missing/)
  await rm(first)
  assert.match((await report(dir)).firstBad?.why ?? '', /segment 1 is missing/)
})

test('a torn tail is named and left as it is', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 3)
  const { size } = await stat(segmentPath(dir, 1))
  await appendFile(segmentPath(dir, 1), '{"torn')
  const { ok, firstBad, tails } = await report(dir)
  assert.deepEqual([ok, firstBad], [false, undefined])
  assert.deepEqual([tails[0]?.offset, tails[0]?.bytes, tails[0]?.why], [size, 6, 'no newline ends it'])
  assert.equal((await stat(segmentPath(dir, 1))).size, size + 6)
})

// Fault 13, controllers: the clock went back within the journal. Outcome: a warning.
test('warnings: the clock went back, bytes were set aside or changed since, no outcome', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 3)
  await appendFile(segmentPath(dir, 1), '{"torn')
  await writeJournal(dir, 1)
  const marks: Readonly<Record<number, Mark>> = {
    2: { announces: 'a' },
    3: { announces: 'b' },
    4: { settles: 'a' },
  }
  const kinds = async () =>
    (await report(dir, ({ sequence }) => marks[sequence])).warnings.map(({ kind, sequence }) => [
      kind,
      sequence,
    ])
  const expected = [
    ['clock', 5],
    ['recovered', 5],
    ['no-outcome', 3],
  ]
  assert.deepEqual(await kinds(), expected)
  const [file = ''] = await readdir(join(dir, 'quarantine'))
  await appendFile(join(dir, 'quarantine', file), 'x')
  assert.deepEqual(await kinds(), expected.toSpliced(2, 0, ['quarantine', 5]))
})

test('no journal is a problem, never an empty one', async (context) => {
  const dir = await freshDirectory(context)
  const result = await verifyJournal(join(dir, 'nowhere'))
  assert.equal(result.ok ? '' : result.problems[0]?.code, 'journal/unreadable')
})

test('an opened journal holds what `keep` picks', async (context) => {
  const dir = await freshDirectory(context)
  await writeJournal(dir, 5)
  const journal = valueOf(await openForTest(dir, { keep: ({ sequence }) => sequence > 4 }))
  await journal.close()
  assert.deepEqual(
    journal.events.map(({ sequence }) => sequence),
    [5, 6],
  )
})
