import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import fc from 'fast-check'

import type { Host, Ran } from '../../connect/ssh.ts'
import { ask, parseAnswer, scriptText } from '../../playbooks/facts/answer.ts'
import { printable, reading } from '../../playbooks/facts/reading.ts'

function hostThatSays(ran: Partial<Ran>): Host {
  const whole: Ran = { code: 0, stdout: '', stderr: '', truncated: false, lost: false, ...ran }
  return { name: 'h', run: async () => ({ ok: true, value: whole }) } as unknown as Host
}

async function codes(ran: Partial<Ran>): Promise<readonly string[]> {
  const answer = await ask(hostThatSays(ran), { scripts: [], timeoutMs: 1000 })
  return answer.ok ? ['ok'] : answer.problems.map((problem) => problem.code)
}

const framed = execFileSync(
  '/bin/sh',
  [
    '-c',
    `${await scriptText('frame.sh')}
  both() { printf 'a\\0\\377b'; echo no >&2; return 7; }
  leave() { echo gone; exit 3; }
  section both both
  section empty true
  section fake printf '@end 9\\n@real  0\\n'
  section leave leave
  section fine echo fine
  answer_ends`,
  ],
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
)

describe('answers of a host', () => {
  test('carry any bytes and the exit code of each part, and no part can pass for another', () => {
    const answer = parseAnswer('h', framed)
    assert.ok(answer.ok)
    const parts = [...answer.value.sections].map(([name, { code, bytes }]) => [
      name,
      code,
      bytes.toString('latin1'),
    ])
    assert.deepEqual(parts, [
      ['both', 7, 'a\0\xffb'],
      ['empty', 0, ''],
      ['fake', 0, '@end 9\n@real  0\n'],
      ['leave', 3, 'gone\n'],
      ['fine', 0, 'fine\n'],
    ])
  })

  // Fault 4, links: the answer of a host is cut at any byte. Outcome: it is no answer.
  test('are none when cut at any byte', () => {
    for (let length = 0; length < framed.length; length += 1) {
      const answer = parseAnswer('h', framed.slice(0, length))
      assert.ok(!answer.ok && answer.problems[0]?.code === 'fact/incomplete', `cut at ${length}`)
    }
  })

  test('are none when a line is doubled, lost, moved past the end or added', () => {
    const lines = framed.split('\n').slice(0, -1)
    const spoilt = lines.flatMap((line, at) => [
      lines.toSpliced(at, 0, line),
      lines.toSpliced(at, 1),
      lines.toSpliced(at, 0, 'Last login: today'),
    ])
    for (const one of [...spoilt, [...lines, '@late  0']])
      assert.ok(!parseAnswer('h', `${one.join('\n')}\n`).ok, one.join(' | '))
  })

  test('that are lost, late, or longer than what is read are problems of their own', async () => {
    assert.deepEqual(await codes({ stdout: framed }), ['ok'])
    assert.deepEqual(await codes({ stdout: framed, code: null, lost: true }), ['fact/lost'])
    assert.deepEqual(await codes({ stdout: framed, code: null }), ['fact/lost'])
    assert.deepEqual(await codes({ stdout: framed, truncated: true }), ['fact/truncated'])
    assert.deepEqual(await codes({ stdout: '', code: 127, stderr: 'sh: base64: not found' }), [
      'fact/incomplete',
    ])
  })

  test('give no value when a single line is not understood', () => {
    const answer = parseAnswer(
      'h',
      `@a ${Buffer.from('good\nb\u001b[2Jad;\n').toString('base64')} 0\n@end 1\n`,
    )
    assert.ok(answer.ok)
    const read = reading(answer.value)
    assert.deepEqual(read.rows('a', /^(?<word>[a-z]+)$/), [])
    const done = read.done('value')
    assert.ok(!done.ok)
    assert.deepEqual(
      done.problems.map(({ code, found }) => [code, found]),
      [['fact/unreadable', 'bad;']],
    )
  })
})

test('names of any bytes are printable and stay different', () => {
  const name = fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes))
  const odd = fc.constantFrom('\n', '\\x0a', '\\', 'é', '\u0085', '\\u0085').map((text) => Buffer.from(text))
  const latin = Buffer.from([0x85])
  fc.assert(
    fc.property(fc.oneof(name, odd, fc.constant(latin)), fc.oneof(name, odd, fc.constant(latin)), (a, b) => {
      assert.doesNotMatch(printable(a), /[\u0000-\u001f\u007f-\u009f]/)
      assert.equal(printable(a) === printable(b), a.equals(b))
    }),
    { numRuns: 2000 },
  )
})

test('a script is read once, however many hosts are asked with it; what could not be read is read again', async () => {
  assert.equal(scriptText('frame.sh'), scriptText('frame.sh'))
  const missing = scriptText('none.sh')
  await assert.rejects(missing)
  assert.notEqual(scriptText('none.sh'), missing)
  await assert.rejects(scriptText('none.sh'))
})
