import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'

import { quote, quoteAll } from '../../connect/quote.ts'
import { payload, payloadPieces, startMark } from '../../connect/script.ts'

const shells = [['/bin/dash'], ['/bin/bash'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']] as const
const perShell = 100_000
/** So many words go to a shell at once: starting one costs more than reading them. */
const perProcess = 5_000
const mostBytes = 65_536

const pieces = [
  ...[
    "'",
    "''",
    "'\\''",
    '"',
    '\\',
    '\\\n',
    '$',
    '$(id)',
    '${x',
    '`id`',
    '!',
    '!!',
    '*',
    '?',
    '[a-z]',
    '~',
    '~root',
  ],
  ...[
    '\n',
    '\r\n',
    '\t',
    ' ',
    ';',
    '&',
    '|',
    '<',
    '>',
    '(',
    ')',
    '{',
    '}',
    '#',
    '=',
    '%s',
    '%n',
    '\\0',
    '\\c',
    '-',
    '--',
  ],
  ...[
    '-n',
    '-e',
    '-oProxyCommand=x',
    '\u001b[31m',
    '\u0007',
    '\u007f',
    '\u0080',
    '\u00ff',
    '\u00c3\u0028',
    '\u00e2\u0080\u00ae',
  ],
]

/** Numbers from 0 to 1 that a seed gives again (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A word as bytes, one character each (latin1), so that it may be no UTF-8 at all; all bytes but NUL. */
function wordOf(random: () => number, index: number): string {
  const below = (most: number) => Math.floor(random() * most)
  const bytes = (length: number) => Array.from({ length }, () => String.fromCharCode(1 + below(255))).join('')
  if (index % (perShell / 20) === 7) return bytes(mostBytes)
  const length = below(12)
  if (index % 4 === 0) return bytes(length)
  const parts = Array.from({ length }, () =>
    below(8) === 0 ? bytes(1) : (pieces[below(pieces.length)] ?? ''),
  )
  return parts.join('')
}

for (const [path, ...options] of shells)
  // Fault 20, hosts: any word, quoted for a remote shell. Outcome: it comes back unchanged.
  test(`each of ${perShell} words comes back unchanged in ${path} ${options.join(' ')}`, (context) => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
    context.diagnostic(`SEED=${seed}`)
    const random = numbers(seed)
    const seen = new Set<number>()
    for (let from = 0; from < perShell; from += perProcess) {
      const words = Array.from({ length: perProcess }, (_, index) => wordOf(random, from + index))
      for (const word of words) for (let at = 0; at < word.length; at++) seen.add(word.charCodeAt(at))
      const out = spawnSync(path, [...options, '-s'], {
        // As payload() does, and in between as a shell that knows characters of several bytes.
        env: { LC_ALL: (from / perProcess) % 2 === 0 ? 'C' : 'C.UTF-8' },
        input: Buffer.from(
          `set -- ${quoteAll(words)}\nfor word; do printf '%s\\0' "$word"; done\n`,
          'latin1',
        ),
        maxBuffer: 1 << 26,
      })
      const back = out.stdout.toString('latin1').split('\0').slice(0, -1)
      const wrong = words.findIndex((word, index) => word !== back[index])
      assert.equal(
        wrong,
        -1,
        `SEED=${seed}: ${JSON.stringify(words[wrong]?.slice(0, 200))} came as ${JSON.stringify(back[wrong]?.slice(0, 200))}`,
      )
      assert.equal(back.length, words.length)
    }
    assert.equal(seen.size, 255, 'every byte but NUL was tried')
  })

for (const [path, ...options] of shells)
  test(`words of any script come back unchanged, as arguments of a script, in ${path} ${options.join(' ')}`, () => {
    const words = fc.array(
      fc
        .string({ unit: 'binary', maxLength: 12 })
        .filter((text) => !text.includes('\0') && text.isWellFormed()),
      { minLength: 400, maxLength: 400, size: 'max' },
    )
    fc.assert(
      fc.property(words, (args) => {
        const input = payload('for word; do printf "%s\\0" "$word"; done', args)
        const out = spawnSync(path, [...options, '-s'], { input, maxBuffer: 1 << 24 })
        assert.equal(out.stdout.toString(), `${startMark}\n${args.map((arg) => `${arg}\0`).join('')}`)
      }),
      { numRuns: 20 },
    )
  })

test('NUL is refused, wherever it stands', () => {
  for (const word of ['a\0b', '\0', '\0a', 'a\0', `${'x'.repeat(mostBytes)}\0`]) {
    assert.throws(() => quote(word), /NUL/)
    assert.throws(() => quoteAll(['a', word]), /NUL/)
    assert.throws(() => payload('true', [word]), /NUL/)
  }
})

for (const [path, ...options] of shells)
  // Fault 4, links: a script is cut anywhere on its way. Outcome: it runs whole or not at all.
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

test('the pieces of a payload are the same text, and hosts with the same script share its bytes', () => {
  const script = "echo '\u4e2d'"
  for (const args of [[], ["it's"]]) {
    const { head, body } = payloadPieces(script, args)
    assert.equal(head + body.toString(), payload(script, args))
    assert.equal(payloadPieces(script, ['other']).body, body)
  }
  assert.notEqual(payloadPieces('echo other').body, payloadPieces(script).body)
})
