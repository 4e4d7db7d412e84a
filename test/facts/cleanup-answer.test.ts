import assert from 'node:assert/strict'
import test from 'node:test'
import { readAnswer, wouldCleanUp } from '../../playbooks/facts/cleanup/ask.ts'
import type { Host } from '../../connect/ssh.ts'
import type { Result } from '../../schemas/problem.ts'
import type { Ran } from '../../connect/remote.ts'

const nothing = { files: 0, bytes: 0, processes: [] }
const good = { rules: [], deletedButOpen: nothing, stuckLogrotate: [], aside: [], keptForEver: [] }
const codes = (result: Result<unknown>) => (result.ok ? [] : result.problems.map(({ code }) => code))

test('the last line is the answer, whatever was complained of before', async () => {
  const read = await readAnswer('h', `a warning\n{"rules": 1}\n${JSON.stringify(good)}\n`)
  assert.deepEqual(read.ok && read.value, good)
})

const bad: Readonly<Record<string, string>> = {
  nothing: '',
  'a traceback': 'Traceback (most recent call last):\n  File "x"\nOSError: [Errno 5] Input/output error\n',
  'no JSON': '{"rules": [}',
  'another shape': JSON.stringify({ ...good, rules: [{ name: 'x' }] }),
  'a key too many': JSON.stringify({ ...good, more: 1 }),
  'a negative number of bytes': JSON.stringify({ ...good, deletedButOpen: { ...nothing, bytes: -1 } }),
  'a text without an end': JSON.stringify({ ...good, timer: 'x'.repeat(100_000) }),
  'a number in place of an answer': '7',
}
for (const [says, output] of Object.entries(bad)) {
  test(`an answer that is ${says} is none, and its words harm no terminal`, async () => {
    const read = await readAnswer('h', `\u001b[2J${output}`)
    assert.deepEqual(codes(read), ['cleanup/unreadable'])
    assert.doesNotMatch(JSON.stringify(read), /\\u001b/)
    assert.ok(JSON.stringify(read).length < 2000)
  })
}

test('a host without an interpreter is named as such', async () => {
  assert.deepEqual(codes(await readAnswer('h', '{"noInterpreter": true}\n')), ['cleanup/no-interpreter'])
})

const nowMs = Date.parse('2026-11-26T12:00:00Z')

/** What becomes of the answer of a host to a question that was asked at `nowMs` and took `tookMs`. */
function said(ran: Partial<Ran>, tookMs = 0): Promise<Result<unknown>> {
  const whole = { code: 0, stdout: '', stderr: '', truncated: false, lost: false, ...ran }
  const host = { name: 'h', run: () => Promise.resolve({ ok: true, value: whole }) } as unknown as Host
  const times = [nowMs, nowMs + tookMs]
  return wouldCleanUp(host, { id: 'c', quarantineMs: 1, rules: [] }, () => times.shift() ?? NaN)
}

function framed(text: string, clock = String(nowMs), after = clock): string {
  const section = (name: string, value: string) => `@${name} ${Buffer.from(value).toString('base64')} 0\n`
  return `${section('clock', clock)}${section('answer', text)}${section('clock-after', after)}@end 3\n`
}

// Fault 13, clean up: the clock of a host is years ahead, or behind, so that all of its files look old, or the time of a quarantine over. Outcome: the host is left out of the plan, and named.
test('a host whose clock is wrong makes no plan, however long its walk took', async () => {
  const answer = (clock: number, after: number, tookMs: number) =>
    said({ stdout: framed(JSON.stringify(good), String(nowMs + clock), String(nowMs + after)) }, tookMs)
  const years = 3 * 365 * 86_400_000
  for (const off of [years, -years, 60_001, -60_001])
    assert.deepEqual(codes(await answer(off, off + 200_000, 200_000)), ['gate/clock'], String(off))
  assert.deepEqual(codes(await answer(0, years, 200_000)), ['gate/clock'], 'set while it walked')
  for (const off of [60_000, -60_000, 0])
    assert.deepEqual(codes(await answer(off, off + 200_000, 200_000)), [], String(off))
  assert.deepEqual(codes(await said({ stdout: framed(JSON.stringify(good), 'soon') })), ['gate/clock'])
})

test('a host that floods, hangs or lies about its frame makes no plan', async () => {
  assert.deepEqual(codes(await said({ truncated: true })), ['fact/truncated'])
  assert.deepEqual(codes(await said({ code: null })), ['fact/lost'])
  assert.deepEqual(codes(await said({ stdout: JSON.stringify(good) })), ['fact/incomplete'])
  assert.deepEqual(codes(await said({ stdout: framed('what?') })), ['cleanup/unreadable'])
  assert.deepEqual(codes(await said({ stdout: framed(JSON.stringify(good)) })), [])
})
