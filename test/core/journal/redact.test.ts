import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { redactor } from '../../../core/journal/redact.ts'
import { segmentPath } from '../../../core/journal/segments.ts'
import { freshDirectory, openForTest, valueOf } from './open-state.ts'

const secret = `p"ä 'ß\\/+%s3cret`

/** One secret in the ways in which commands, URLs and headers spell it. */
const spelt: readonly string[] = [
  secret,
  JSON.stringify({ password: secret }),
  JSON.stringify(JSON.stringify({ password: secret })),
  `psql 'password is '${secret.replaceAll("'", `'\\''`)}''`,
  encodeURIComponent(secret),
  encodeURIComponent(secret).toLowerCase(),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('base64url'),
  Buffer.from(secret).toString('hex'),
  `${secret}${secret}`,
]

test('a known secret is found in every spelling, in nested texts and in keys', () => {
  const { redact } = redactor([secret])
  for (const text of spelt) {
    const found = redact({ argv: ['a', { [`k ${text}`]: `<${text}>` }], count: 3 })
    const shown = JSON.stringify(found)
    assert.match(shown, /\[redacted\]/, text)
    for (const part of ['s3cret', '73336372', 'czNjcmV0']) assert.ok(!shown.includes(part), shown)
  }
})

test('base64 of a text around a secret keeps none of it, at any offset', () => {
  const { redact } = redactor(['correct horse'])
  for (const user of ['', 'a', 'ab', 'abc', 'abcd']) {
    const header = redact(`Basic ${Buffer.from(`${user}:correct horse!`).toString('base64')}`)
    const left = Buffer.from(header.replace('Basic ', '').replace('[redacted]', ''), 'base64').toString()
    assert.ok(!/orrect|hors/.test(left), header)
  }
})

test('whatever is around a secret, it does not come through', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 })
  const long = fc.string({ unit: 'grapheme-ascii', minLength: 4, maxLength: 20 })
  fc.assert(
    fc.property(text, long, text, fc.array(long, { maxLength: 4 }), (before, hidden, after, others) => {
      fc.pre(hidden.trim().length >= 4 && !'[redacted]'.includes(hidden.trim()) && !/[[\]]/.test(hidden))
      const { redact } = redactor([hidden, ...others])
      assert.ok(!redact(`${before}${hidden}${after}`).includes(hidden))
    }),
    { numRuns: 2000 },
  )
})

test('private keys, passwords in URLs and in assignments are known by their shape', () => {
  const { redact } = redactor([])
  const pem = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n-----END OPENSSH PRIVATE KEY-----'
  const cases = [
    [`key: ${pem}; done`, 'key: [redacted]; done'],
    [pem.slice(0, 50), '[redacted]'],
    ['postgres://ada:hunter2@db/erp', 'postgres://ada:[redacted]@db/erp'],
    ['https://ada:hun@ter2@h:80/a@b', 'https://ada:[redacted]@h:80/a@b'],
    ['https://ada@h:80/', 'https://ada@h:80/'],
    ['host=db password=hunter2 user=ada', 'host=db password=[redacted] user=ada'],
    ['PGPASSWORD=hunter2 psql', 'PGPASSWORD=[redacted] psql'],
    ['GET /?api_key=k1&b=2', 'GET /?api_key=[redacted]&b=2'],
    ['-----BEGIN CERTIFICATE-----', '-----BEGIN CERTIFICATE-----'],
  ] as const
  for (const [text, expected] of cases) {
    assert.equal(redact(text), expected)
    assert.equal(redact(expected), expected)
  }
})

test('short secrets are not looked for; half characters and "__proto__" come through unharmed', () => {
  const { redact } = redactor(['abc', ''])
  assert.equal(redact('abc'), 'abc')
  assert.equal(redact('a\ud800b'), 'a\ufffdb')
  assert.deepEqual(redact(JSON.parse('{"__proto__":{"a":"b"}}')), JSON.parse('{"__proto__":{"a":"b"}}'))
})

test('nothing of a secret reaches the file, also of one that is learnt later', async (context) => {
  const dir = await freshDirectory(context)
  const journal = valueOf(await openForTest(dir, { secrets: ['first-secret'] }))
  const event = await journal.append('step.done', {
    subject: 'of first-secret',
    data: { said: 'first-secret' },
  })
  assert.deepEqual(event.data, { said: '[redacted]' })
  journal.addSecret('second-secret')
  await journal.append('step.done', {
    data: { url: `sftp://ada:x@h/${encodeURIComponent('second-secret')}` },
  })
  await journal.close()
  const text = await readFile(segmentPath(dir, 1), 'utf8')
  assert.ok(!/first-secret|second-secret|ada:x/.test(text), text)
})
