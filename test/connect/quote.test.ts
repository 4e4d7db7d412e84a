import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'

import { quote, quoteAll } from '../../connect/quote.ts'
import { payload, startMark } from '../../connect/script.ts'

const shells = [['/bin/dash'], ['/bin/bash', '--posix'], ['/bin/bash'], ['/bin/busybox', 'sh']].filter(
  ([path]) => path !== undefined && existsSync(path),
)
const nasty = fc.constantFrom(
  "'",
  '"',
  '\\',
  '$',
  '`',
  '\n',
  ';',
  '#',
  '!',
  '*',
  '~',
  '-',
  ' ',
  '\t',
  '{',
  '(',
)
const word = fc.oneof(
  fc.string({ unit: nasty, maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom("'", '\\', 'a', '升', '\u0001', '\u007f', '\r'), maxLength: 20 }),
)
const words = fc.array(
  word.filter((text) => !text.includes('\0') && text.isWellFormed()),
  { minLength: 400, maxLength: 400, size: 'max' },
)

for (const [path = '', ...options] of shells)
  test(`every word comes back unchanged in ${path} ${options.join(' ')}`, () => {
    fc.assert(
      fc.property(words, (args) => {
        const out = spawnSync(path, [...options, '-s'], {
          input: `printf '%s\\0' ${quoteAll(args)}\n`,
          maxBuffer: 1 << 24,
        })
        assert.equal(out.stdout.toString(), args.map((arg) => `${arg}\0`).join(''))
      }),
      { numRuns: 100 },
    )
  })

test('NUL is refused', () => {
  assert.throws(() => quote('a\0b'), /NUL/)
})

for (const [path = '', ...options] of shells)
  test(`a script cut anywhere runs whole or not at all in ${path} ${options.join(' ')}`, () => {
    const script = `echo one\nf() { cat <<'E'\ntwo }\nE\n}\nf\necho "three '$1' $2"`
    const whole = payload(script, ["it's", 'last'])
    const expected = spawnSync(path, [...options, '-s'], { input: whole }).stdout.toString()
    assert.equal(expected, `${startMark}\none\ntwo }\nthree 'it's' last\n`)
    for (let length = 0; length < whole.length; length++) {
      const out = spawnSync(path, [...options, '-s'], { input: whole.slice(0, length) }).stdout.toString()
      assert.ok(out === '' || out === expected, `${length} characters gave ${out}`)
    }
  })
