import assert from 'node:assert/strict'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type LeaseOptions, takeLease } from '../../../core/lease/lease.ts'
import { type Holder, readLease, recordPath } from '../../../core/lease/record.ts'
import type { Problem, Result } from '../../../schemas/problem.ts'
import { freshDirectory, valueOf } from '../journal/open-state.ts'
import { mayMount, tinyDisk } from '../tiny-disk.ts'

const ada = { host: 'ops-1', pid: 100, bootId: 'boot-a', user: 'ada' }
const bob = { host: 'ops-2', pid: 200, bootId: 'boot-b', user: 'bob' }

function problemOf(result: Result<unknown>): Problem | undefined {
  return result.ok ? undefined : result.problems[0]
}

async function options(context: Parameters<typeof freshDirectory>[0]) {
  const dir = await freshDirectory(context)
  const clock = { time: Date.UTC(2026, 0, 1) }
  const base: LeaseOptions = { dir, holder: ada, ttlMs: 60_000, now: () => clock.time, alive: () => true }
  return { clock, base }
}

// Fault 12, controllers: a second controller asks for the lease.
// Outcome: refused, and told who, where, since when and until when.
test('while one lives the other is refused, and told who, where, since when and until when', async (context) => {
  const { clock, base } = await options(context)
  const lease = valueOf(await takeLease(base))
  clock.time += 59_999
  const problem = problemOf(await takeLease({ ...base, holder: bob }))
  assert.equal(problem?.code, 'lease/held')
  assert.match(problem.what, /ada .* ops-1 \(process 100\) since 2026-01-01T00:00:00\.000Z/)
  assert.match(problem.found ?? '', /until 2026-01-01T00:01:00\.000Z/)
  assert.match(problem.fix ?? '', /on ops-1 \(kill 100\)/)
  assert.ok((await lease.renew()).ok)
  clock.time += 59_999
  assert.equal(problemOf(await takeLease({ ...base, holder: bob }))?.code, 'lease/held')
})

test('after its time another takes over with a higher token, and the first is told for good', async (context) => {
  const { clock, base } = await options(context)
  const first = valueOf(await takeLease(base))
  clock.time += 60_000
  // Late, but nobody was waiting.
  assert.ok((await first.renew()).ok)
  clock.time += 60_000
  const second = valueOf(await takeLease({ ...base, holder: bob }))
  assert.deepEqual([first.token, second.token, second.contested], [1, 2, 1])
  assert.equal(first.lost, false)
  assert.equal(await first.held(), false)
  assert.equal(first.lost, true)
  const problem = problemOf(await first.renew())
  assert.equal(problem?.code, 'lease/lost')
  assert.match(problem.found ?? '', /bob on ops-2/)
  await first.release()
  assert.equal(await second.held(), true)
  assert.deepEqual(await readdir(base.dir), ['2.json'])
})

test('a dead holder on this host is followed at once, one elsewhere only after its time', async (context) => {
  const { base } = await options(context)
  valueOf(await takeLease(base))
  const alive = ({ pid, bootId }: Holder) => !(pid === 100 && bootId === 'boot-a')
  assert.equal(problemOf(await takeLease({ ...base, holder: bob, alive }))?.code, 'lease/held')
  const next = valueOf(await takeLease({ ...base, holder: { ...ada, pid: 101 }, alive }))
  assert.deepEqual([next.token, next.contested], [2, 0])
})

test('a lease given back is free, and who ran out of time before is remembered', async (context) => {
  const { clock, base } = await options(context)
  valueOf(await takeLease(base))
  clock.time += 60_000
  const second = valueOf(await takeLease({ ...base, holder: bob }))
  // A timer's renewal under way must not undo the release.
  await Promise.all([second.renew(), second.release(), second.renew()])
  assert.deepEqual(
    [second.lost, await second.held(), problemOf(await second.renew())?.code],
    [true, false, 'lease/lost'],
  )
  const third = valueOf(await takeLease(base))
  assert.deepEqual([third.token, third.contested], [3, 1])
  assert.equal(valueOf(await readLease(base.dir))?.holder.user, 'ada')
})

// Fault 11, controllers: the file of the lease can not be read. Outcome: refused and named.
test('a lease file that can not be read refuses and is named', async (context) => {
  const { base } = await options(context)
  valueOf(await takeLease(base))
  for (const text of ['', '{"token":1', '{"token":2}', 'null']) {
    await writeFile(recordPath(base.dir, 1), text)
    const problem = problemOf(await takeLease({ ...base, holder: bob }))
    assert.deepEqual([problem?.code, problem?.where], ['lease/unreadable', recordPath(base.dir, 1)])
  }
})

// Fault 9, controllers: the disk of the lease is full. Outcome: a problem, and the lease still stands.
test(
  'a full disk is a problem, and the lease still stands',
  { skip: !mayMount && 'needs root' },
  async (context) => {
    const disk = tinyDisk(context, 64 * 1024)
    const { base } = await options(context)
    const here = { ...base, dir: join(disk, 'lease') }
    const lease = valueOf(await takeLease(here))
    const ballast = join(disk, 'ballast')
    await writeFile(ballast, Buffer.alloc(60 * 1024))
    assert.equal(problemOf(await lease.renew())?.code, 'lease/not-written')
    assert.equal(problemOf(await takeLease({ ...here, alive: () => false }))?.code, 'lease/not-written')
    assert.deepEqual(await readdir(here.dir), ['1.json'])
    assert.equal(await lease.held(), true)
    await rm(ballast)
    assert.ok((await lease.renew()).ok)
  },
)
