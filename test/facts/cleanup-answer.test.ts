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

test('a host that floods, hangs or lies about its frame makes no plan', async () => {
  const said = (ran: Partial<Ran>): Promise<Result<unknown>> => {
    const whole = { code: 0, stdout: '', stderr: '', truncated: false, lost: false, ...ran }
    const host = { name: 'h', run: () => Promise.resolve({ ok: true, value: whole }) } as unknown as Host
    return wouldCleanUp(host, { id: 'c', quarantineMs: 1, rules: [] })
  }
  const framed = (text: string) => `@answer ${Buffer.from(text).toString('base64')} 0\n@end 1\n`
  assert.deepEqual(codes(await said({ truncated: true })), ['fact/truncated'])
  assert.deepEqual(codes(await said({ code: null })), ['fact/lost'])
  assert.deepEqual(codes(await said({ stdout: JSON.stringify(good) })), ['fact/incomplete'])
  assert.deepEqual(codes(await said({ stdout: framed('what?') })), ['cleanup/unreadable'])
  assert.deepEqual(codes(await said({ stdout: framed(JSON.stringify(good)) })), [])
})
