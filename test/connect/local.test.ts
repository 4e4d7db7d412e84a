import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { local, type LocalOptions } from '../../connect/local.ts'

test('a command that ends without reading its input gives its answer, and ends nothing else', async () => {
  const input = 'x'.repeat(1 << 20)
  const ran = await local(['sh', '-c', 'exec 0<&-; echo enough; exit 3'], { input })
  assert.deepEqual([ran.code, ran.stdout], [3, 'enough\n'])
})

test('a command that does not end is ended at its time limit, with what it has started: silence, not an exit code', async () => {
  const mark = `upkeep-limit-${randomUUID()}`
  for (const script of [
    // The shell reports its child's end by a signal as 143, and is not ended itself.
    `sleep 30; echo ${mark}`,
    // Deaf to a polite request, as is its child.
    `trap '' TERM; (trap '' TERM; sleep 30; echo ${mark}); sleep 30`,
  ]) {
    const ran = await local(['sh', '-c', script], { timeoutMs: 300 })
    assert.deepEqual([ran.code, ran.timedOut, ran.stdout], [null, true, ''], script)
  }
  const left = await local(['pgrep', '-f', `sh -c .*${mark}`.replace('upkeep', '[u]pkeep')])
  assert.equal(left.stdout, '', 'nothing of it runs any more')
})

test('a child that leaves the command and keeps its output open is not waited for beyond the limit', async () => {
  const begun = Date.now()
  const ran = await local(['setsid', 'sh', '-c', 'sleep 25 & exec sleep 25'], { timeoutMs: 300 })
  assert.deepEqual([ran.code, ran.timedOut], [null, true])
  assert.ok(Date.now() - begun < 15_000)
})

test('it leaves a Ctrl-C of the terminal to this program: each command has a session of its own', async () => {
  const sessionOf = async (options: LocalOptions) =>
    (await local(['sh', '-c', 'cut -d" " -f6 /proc/self/stat'], options)).stdout.trim()
  const own = await sessionOf({ terminal: true })
  assert.notEqual(await sessionOf({}), own)
  assert.equal(await sessionOf({ terminal: true }), own)
})

test('a command that prints without end is ended, and its output does not fill the memory', async () => {
  const before = process.memoryUsage().rss
  for (const script of [
    'exec cat /dev/zero',
    'exec cat /dev/zero >&2',
    "trap '' TERM PIPE; while :; do yes; done",
  ]) {
    const ran = await local(['sh', '-c', script], { timeoutMs: 30_000 })
    assert.deepEqual([ran.code, ran.timedOut, ran.stdout], [null, false, ''], script)
    assert.match(ran.stderr, /more than 16777216 bytes/)
  }
  const more = process.memoryUsage().rss - before
  assert.ok(more < 200e6, `${more} bytes more`)
})

test('output up to the limit comes whole', async () => {
  const ran = await local(['sh', '-c', 'head -c 1000 /dev/zero'], { maxBytes: 1000 })
  assert.deepEqual([ran.code, ran.stdout.length], [0, 1000])
})
