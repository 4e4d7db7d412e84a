import assert from 'node:assert/strict'
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ChainEnd, checkLine, noEvent } from '../../../core/journal/line.ts'
import { listSegments, segmentPath } from '../../../core/journal/segments.ts'
import { verifyJournal } from '../../../core/journal/verify.ts'
import { freshDirectory, openForTest, soleLease, valueOf } from './open-state.ts'

const bits = [0, 1, 2, 3, 4, 5, 6, 7] as const

/** Three segments of three, three and two lines, as short as events can be. */
async function threeSegments(dir: string): Promise<void> {
  const options = { segmentBytes: 700, source: 'u', actor: 'a' }
  const journal = valueOf(await openForTest(dir, options))
  for (let index = 0; index < 3; index += 1) await journal.append('a', { data: {} })
  await journal.close()
}

// Fault 11, controllers: any single bit of the journal is flipped. Outcome: never taken for good.
test('every single bit of every line flipped, in each of several segments: never taken for good', async (context) => {
  // Side by side, for what takes time is opening files.
  const flips = await Promise.all(bits.map(async (bit) => flipEach(await freshDirectory(context), bit)))
  assert.ok(flips.reduce((sum, count) => sum + count, 0) > 15_000)
})

/** Flips this bit of each byte in turn and back; gives how many there were. */
async function flipEach(dir: string, bit: number): Promise<number> {
  await threeSegments(dir)
  const missed: string[] = []
  const lines: number[] = []
  let flips = 0
  for (const { path } of await listSegments(dir)) {
    const bytes = await readFile(path)
    lines.push(bytes.toString().split('\n').length - 1)
    await using file = await open(path, 'r+')
    for (const [offset, byte] of bytes.entries()) {
      await file.write(Buffer.of(byte ^ (1 << bit)), 0, 1, offset)
      const { ok, firstBad, tails } = valueOf(await verifyJournal(dir))
      const isNamed = firstBad !== undefined || tails.length > 0
      if (ok || !isNamed) missed.push(`${path}:${offset} bit ${bit}`)
      await file.write(Buffer.of(byte), 0, 1, offset)
      flips += 1
    }
  }
  assert.deepEqual(lines, [3, 3, 2])
  assert.deepEqual(missed, [])
  assert.ok(valueOf(await verifyJournal(dir)).ok)
  return flips
}

test('every single bit of events with all that data can hold: never the event that was written', async (context) => {
  const dir = await freshDirectory(context)
  const journal = valueOf(await openForTest(dir))
  const data = { '\ufffd': ['升级 \u{1f6e0} "\\/\n\u0001', 1 / 3, -0, 1e21, true, null, {}, []], z: { a: 1 } }
  for (const subject of [undefined, 'erp-1']) await journal.append('step.done', { subject, data })
  await journal.close()
  const bytes = await readFile(segmentPath(dir, 1))
  let end: ChainEnd = { sequence: 0, hash: noEvent }
  let flips = 0
  for (let from = 0; from < bytes.length; from = bytes.indexOf(0x0a, from) + 1) {
    const line = bytes.subarray(from, bytes.indexOf(0x0a, from))
    for (let offset = 0; offset < line.length; offset += 1) {
      for (const bit of bits) {
        const flipped = Buffer.from(line)
        flipped[offset] = (line[offset] ?? 0) ^ (1 << bit)
        const check = checkLine(end, flipped)
        assert.ok(!('event' in check), `line at ${from}, byte ${offset}, bit ${bit}`)
        flips += 1
      }
    }
    const check = checkLine(end, line)
    assert.ok('event' in check)
    end = check.event
  }
  assert.equal(flips, (bytes.length - 3) * 8)
})

// Fault 11, controllers: a bit of the last line of the journal is flipped.
// Outcome: recovered; one of any other line refuses to open.
test('a bit of the last line flipped is recovered, one of any other refuses to open and changes nothing', async (context) => {
  const dir = await freshDirectory(context)
  await threeSegments(dir)
  const segments = await listSegments(dir)
  const whole = await Promise.all(segments.map(({ path }) => readFile(path)))
  const last = whole.at(-1) ?? Buffer.alloc(0)
  const lastLine = last.lastIndexOf(0x0a, last.length - 2) + 1
  let recovered = 0
  let refused = 0
  // Each open writes to the disk several times, so every 29th byte of the journal, by turns each of its bits, and
  // every byte at which something begins or ends.
  for (const [index, bytes] of whole.entries()) {
    for (const [offset, byte] of bytes.entries()) {
      const isEdge = [byte, bytes[offset - 1], bytes[offset + 1]].includes(0x0a) || offset === 0
      if (!isEdge && offset % 29 !== 0) continue
      const copy = await mkdtemp(join(tmpdir(), 'upkeep-bits-'))
      const flipped = Buffer.from(bytes)
      flipped[offset] = byte ^ (1 << ((offset + index) % 8))
      const texts = whole.map((text, at) => (at === index ? flipped : text))
      for (const [at, text] of texts.entries()) await writeFile(segmentPath(copy, at + 1), text)
      const opened = await openForTest(copy, { source: 'u', actor: 'a', lease: soleLease })
      // Without the line break between them, the last two lines are one that nobody wrote: both are set aside.
      const isLastLine = index === whole.length - 1 && offset >= lastLine - 1
      const torn = offset === lastLine - 1 ? 0 : lastLine
      assert.equal(opened.ok, isLastLine, `segment ${index + 1}, byte ${offset}`)
      if (opened.ok) {
        await opened.value.close()
        const [name = ''] = await readdir(join(copy, 'quarantine'))
        assert.deepEqual(await readFile(join(copy, 'quarantine', name)), flipped.subarray(torn))
        const report = valueOf(await verifyJournal(copy))
        assert.ok(report.ok)
        assert.deepEqual(report.warnings.map(({ kind }) => kind).includes('recovered'), true)
        recovered += 1
      } else {
        assert.equal(opened.problems[0]?.code, 'journal/corrupt')
        for (const [at, text] of texts.entries()) {
          assert.deepEqual(await readFile(segmentPath(copy, at + 1)), text)
        }
        refused += 1
      }
      await rm(copy, { recursive: true })
    }
  }
  assert.ok(recovered > 8 && refused > 60, `${recovered} recovered, ${refused} refused`)
})
