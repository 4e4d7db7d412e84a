import assert from 'node:assert/strict'
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isJournalStop } from '../../../core/journal/stop.ts'
import { verifyJournal } from '../../../core/journal/verify.ts'
import { mayMount, tinyDisk } from '../tiny-disk.ts'
import { freshDirectory, openForTest, valueOf } from './open-state.ts'

// Fault 9, controllers: the disk of the journal is full.
// Outcome: it stops; with room again it goes on where it was.
test(
  'a full disk stops the journal; with room again it goes on where it was',
  { skip: !mayMount && 'needs root' },
  async (context) => {
    const disk = tinyDisk(context, 256 * 1024)
    const dir = join(disk, 'journal')
    const journal = valueOf(await openForTest(dir))
    const ballast = join(disk, 'ballast')
    await writeFile(ballast, Buffer.alloc(150_000))
    let acknowledged = 0
    let stopped: unknown
    while (stopped === undefined) {
      const appended = journal.append('step.done', { data: { note: 'x'.repeat(3000) } })
      await appended.then(() => (acknowledged += 1)).catch((error: unknown) => (stopped = error))
    }
    assert.ok(isJournalStop(stopped))
    assert.equal(stopped.problem.code, 'journal/not-written')
    await assert.rejects(journal.append('step.done', { data: {} }), isJournalStop)
    await journal.close()

    // The torn line can not be set aside while there is no room: nothing changes, and it is said.
    await writeFile(join(disk, 'more'), Buffer.alloc(100_000)).catch(() => undefined)
    const full = await openForTest(dir)
    assert.ok(!full.ok)
    assert.match(full.problems[0]?.found ?? '', /ENOSPC/)

    await rm(ballast)
    const again = valueOf(await openForTest(dir))
    await again.append('step.done', { data: {} })
    await again.close()
    assert.equal(again.events.filter(({ type }) => type === 'step.done').length, acknowledged)
    assert.equal(again.events.at(-1)?.type, 'journal.recovered')
    assert.ok(valueOf(await verifyJournal(dir)).ok)
  },
)

// Fault 10, controllers: an fsync of the journal fails. Outcome: it stops, though the line can be read back.
test('an fsync that fails stops the journal, though the line can be read back', async (context) => {
  const dir = await freshDirectory(context)
  const journal = valueOf(await openForTest(dir))
  await journal.append('step.done', { data: {} })
  await using probe = await open(dir)
  const handles = Object.getPrototypeOf(probe) as FileHandle
  const failing = context.mock.method(handles, 'datasync', async () => {
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', syscall: 'fdatasync' })
  })
  const stopped = await journal.append('step.done', { data: {} }).catch((error: unknown) => error)
  failing.mock.restore()
  assert.ok(isJournalStop(stopped))
  assert.match(stopped.problem.found ?? '', /EIO/)
  await assert.rejects(journal.append('step.done', { data: {} }), isJournalStop)
  await journal.close()
})
