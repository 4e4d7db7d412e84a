import assert from 'node:assert/strict'
import { chmod, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { sha256 } from '../../../core/digest.ts'
import type { Content } from '../../../core/store/content.ts'
import { storeListing } from '../../../core/store/listing.ts'
import { storeOpen } from '../../../core/store/store.ts'
import type { Result } from '../../../schemas/problem.ts'
import { freshDirectory, valueOf } from '../journal/open-state.ts'
import { mayMount, tinyDisk } from '../tiny-disk.ts'

const openssl: Content = {
  name: 'openssl',
  version: '3.0.16-1~deb12u1',
  architecture: 'amd64',
  source: 'host-cache',
  host: 'erp-test-1',
  fetchedAt: '2026-01-31T23:59:51.000Z',
}

function codeOf(result: Result<unknown>): string | undefined {
  return result.ok ? undefined : result.problems[0]?.code
}

async function filesIn(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

test('bytes in any pieces come back by their digest, read-only, with what is known about them', async (context) => {
  const store = valueOf(await storeOpen(await freshDirectory(context)))
  const pieces = fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(pieces, async (pieces) => {
      const whole = Buffer.concat(pieces)
      const stored = valueOf(await store.put(pieces, openssl, sha256(whole)))
      assert.deepEqual(stored, {
        digest: sha256(whole),
        bytes: whole.length,
        path: store.path(sha256(whole)),
      })
      assert.deepEqual(valueOf(await store.verify(stored.digest)), stored)
      assert.deepEqual(valueOf(await store.content(stored.digest)), openssl)
      assert.equal((await stat(stored.path)).mode & 0o777, 0o444)
    }),
    { numRuns: 50 },
  )
})

// Fault 11, packages: bytes in the store changed or are gone. Outcome: told apart.
test('bytes that changed, are gone or were not the expected ones are told apart', async (context) => {
  const dir = await freshDirectory(context)
  const store = valueOf(await storeOpen(dir))
  const { digest, path } = valueOf(await store.put(Buffer.from('one'), openssl))
  assert.match(path, /\/sha256\/76\/7692c3/)
  await chmod(path, 0o644)
  await writeFile(path, 'two')
  const result = await store.verify(digest)
  const problem = result.ok ? undefined : result.problems[0]
  assert.equal(problem?.code, 'store/changed')
  assert.deepEqual(
    [problem.where, problem.expected, problem.found],
    [path, `sha256 ${digest}`, `sha256 ${sha256('two')}`],
  )
  // Stored again, the right bytes are back.
  valueOf(await store.put(Buffer.from('one'), openssl))
  assert.ok((await store.verify(digest)).ok)

  await rm(path)
  assert.equal(codeOf(await store.verify(digest)), 'store/missing')
  assert.deepEqual([await store.has(digest), await store.missing([digest])], [false, [digest]])

  assert.equal(codeOf(await store.put(Buffer.from('three'), openssl, digest)), 'store/changed')
  assert.deepEqual(
    (await filesIn(dir)).map((file) => file.slice(dir.length)),
    [`/meta/${digest}.json`],
  )
  assert.throws(() => store.path('../../etc/passwd'), /not a SHA-256/)
})

// Fault 4, links: a file breaks off while it is stored. Outcome: nothing is left of it.
test('a source that breaks off and a writer that is aborted leave nothing', async (context) => {
  const dir = await freshDirectory(context)
  const store = valueOf(await storeOpen(dir))
  async function* breaking() {
    yield Buffer.from('half')
    throw new Error('link cut')
  }
  await assert.rejects(store.put(breaking(), openssl), /link cut/)
  const writer = valueOf(await store.writer())
  valueOf(await writer.write(Buffer.from('half')))
  await writer.abort()
  assert.deepEqual(await readdir(join(dir, 'tmp')), [])
  assert.deepEqual(await filesIn(dir), [])
})

// Fault 9, controllers: the disk of the store is full. Outcome: a problem, no half file, and room again.
test(
  'a full disk: a problem, no half file, and room again',
  { skip: !mayMount && 'needs root' },
  async (context) => {
    const disk = tinyDisk(context, 1 << 20)
    const store = valueOf(await storeOpen(disk))
    const small = valueOf(await store.put(Buffer.alloc(100_000, 1), openssl))
    const result = await store.put([Buffer.alloc(600_000, 2), Buffer.alloc(600_000, 3)], openssl)
    assert.equal(codeOf(result), 'store/full')
    assert.deepEqual(await readdir(join(disk, 'tmp')), [])
    assert.deepEqual(await readdir(join(disk, 'sha256')), [small.digest.slice(0, 2)])
    assert.ok((await store.verify(small.digest)).ok)
    valueOf(await store.put(Buffer.alloc(600_000, 2), openssl))
  },
)

test('bytes that a later plan needs are as young as that plan, whatever the day they were fetched', async (context) => {
  const dir = await freshDirectory(context)
  const store = valueOf(await storeOpen(dir))
  const { digest } = valueOf(await store.put(Buffer.from('bytes'), openssl))
  const since = async () => (await storeListing(dir)).map(({ sinceMs }) => new Date(sinceMs).toISOString())
  assert.deepEqual(await since(), [openssl.fetchedAt])
  valueOf(await store.planned([digest, digest], '2026-03-01T10:00:00.000Z'))
  assert.deepEqual(await since(), ['2026-03-01T10:00:00.000Z'])
  // An older plan, and one of the same hour, change nothing.
  for (const at of ['2026-02-01T10:00:00.000Z', '2026-03-01T10:59:00.000Z'])
    valueOf(await store.planned([digest], at))
  assert.deepEqual(await since(), ['2026-03-01T10:00:00.000Z'])
  assert.deepEqual(valueOf(await store.content(digest)), {
    ...openssl,
    plannedAt: '2026-03-01T10:00:00.000Z',
  })
  assert.equal(codeOf(await store.planned(['a'.repeat(64)], openssl.fetchedAt)), 'store/missing')
  assert.deepEqual(await readdir(join(dir, 'tmp')), [])
})
