import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { signText } from '../../connect/sign.ts'
import { headLine, headNamespace, headOf, headText } from '../../core/journal/head.ts'
import { segmentPath } from '../../core/journal/segments.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import type { Event } from '../../schemas/event.ts'
import type { Head, SignedHead } from '../../schemas/head.ts'
import { signingKey } from '../connect/signing-key.ts'
import { rewrittenFrom } from '../core/journal/rewritten.ts'
import { onlyDocument } from './document.ts'
import { ranRollout } from './rollout.ts'
import { recorded } from './upkeep.ts'

type Found = { kind: string; line: number; sequence?: number; what: string }
type Kept = { good: number; newest: Head | null; findings: Found[] }

/** A real journal of a rollout, an estate that names signers, and ways to sign heads and to verify with them. */
async function journalWithHeads(context: TestContext) {
  const { cwd } = await ranRollout(context)
  const dir = join(cwd, 'state/journal')
  const path = segmentPath(dir, 1)
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const events = lines.map((line) => JSON.parse(line) as Event)
  const ada = signingKey(cwd, 'ada')
  const eve = signingKey(cwd, 'eve')
  writeFileSync(join(cwd, 'signers'), `upkeep namespaces="${headNamespace}" ${ada.publicKey}\n`)
  const estate = join(cwd, 'estate.yaml')
  const heads = `journal:\n  heads:\n    key: ./ada\n    allowedSigners: ./signers\n    to: { auditors: { command: [cat] } }\n`
  writeFileSync(estate, `${readFileSync(estate, 'utf8')}\n${heads}`)

  async function signed(of: number | Head, key = ada.path, namespace = headNamespace): Promise<SignedHead> {
    const event = events[typeof of === 'number' ? of - 1 : 0]
    assert.ok(event !== undefined)
    const head = typeof of === 'number' ? headOf(event) : of
    const signature = await signText(headText(head), { key, namespace })
    assert.ok(signature.ok)
    return { head, signature: signature.value }
  }

  async function verify(text: string, ...more: readonly string[]) {
    writeFileSync(join(cwd, 'heads.jsonl'), text)
    const { outside, out, err } = recorded({ cwd, input: async () => text })
    const words = more.includes('--heads') ? more : ['--heads', 'heads.jsonl', ...more]
    const code = await commandLine(outside, ['journal', 'verify', ...words, '--estate', estate])
    return { code, out: out(), err: err() }
  }

  async function found(...kept: readonly (SignedHead | string)[]) {
    const text = kept.map((one) => (typeof one === 'string' ? one : headLine(one))).join('\n\n')
    const { code, out } = await verify(`${text}\n`, '--json')
    const document = onlyDocument(out)
    const { findings, newest, good } = document['kept'] as Kept
    assert.equal(document['ok'], code === 0)
    assert.equal(code, findings.length === 0 ? 0 : 8)
    return {
      kinds: findings.map(({ kind }) => kind),
      findings,
      newest,
      good,
      unproven: String(document['doesNotProve']),
    }
  }

  return { cwd, dir, path, lines, events, ada, eve, signed, found, verify }
}

test('heads that agree: what is not proven gets shorter, and what came after is said', async (context) => {
  const { events, signed, found } = await journalWithHeads(context)
  const last = events.length
  const whole = await found(await signed(3), await signed(last))
  assert.deepEqual([whole.kinds, whole.good, whole.newest?.sequence], [[], 2, last])
  assert.doesNotMatch(whole.unproven, /compare the head/)
  assert.match(whole.unproven, new RegExp(`no events after event ${last}`))
  const older = await found(await signed(3))
  assert.match(older.unproven, new RegExp(`the ${last - 3} events after event 3, the newest head`))
  const none = await found('')
  assert.deepEqual([none.newest, none.good], [null, 0])
  assert.match(none.unproven, /compare the head/)
})

// Fault 11, controllers: the journal was truncated. Outcome: found by one head of its end.
test('a journal truncated is found, by one head of its end', async (context) => {
  const { path, lines, events, signed, found } = await journalWithHeads(context)
  const heads = [await signed(2), await signed(events.length)]
  assert.ok(lines.length > 20)
  for (const length of [1, 2, 10, lines.length - 1]) {
    writeFileSync(path, `${lines.slice(0, length).join('\n')}\n`)
    const { kinds, findings, newest } = await found(...heads)
    assert.deepEqual(kinds, length === 1 ? ['truncated', 'truncated'] : ['truncated'])
    assert.match(
      findings.at(-1)?.what ?? '',
      new RegExp(`had ${lines.length} events .* ends at event ${length}:`),
    )
    assert.equal(newest?.sequence, length === 1 ? undefined : 2)
  }
})

test('no head at all vouches for nothing, and is no good end', async (context) => {
  const { events, found, verify } = await journalWithHeads(context)
  const { kinds, newest, findings } = await found()
  assert.deepEqual([kinds, newest], [['unwitnessed'], null])
  assert.match(findings[0]?.what ?? '', new RegExp(`no head here agrees .* has ${events.length} events`))
  assert.equal((await verify('')).code, 8)
  assert.equal((await verify('', '--json')).code, 8)
})

test('a journal that is gone with all its traces is found by a head', async (context) => {
  const { cwd, signed, verify } = await journalWithHeads(context)
  const line = headLine(await signed(5))
  rmSync(join(cwd, 'state'), { recursive: true })
  const { code, out } = await verify(line)
  assert.equal(code, 8)
  assert.match(out, /TRUNCATED: heads\.jsonl:1: the journal had 5 events .* ends at event 0/)
})

// Fault 11, controllers: the journal was rewritten with a right chain.
// Outcome: found, and the place is narrowed down.
test('a journal rewritten with a right chain is found, and the place is narrowed down', async (context) => {
  const { path, events, signed, found } = await journalWithHeads(context)
  const heads = await Promise.all([1, 6, 12, events.length].map((n) => signed(n)))
  for (const n of [1, 7, 12, events.length]) {
    writeFileSync(path, rewrittenFrom(events, n))
    const { findings, newest, kinds } = await found(...heads)
    const [before = 0] = [12, 6, 1].filter((sequence) => sequence < n)
    const at = [1, 6, 12, events.length].find((sequence) => sequence >= n) ?? 0
    assert.ok(kinds.every((kind) => kind === 'rewritten') && kinds.length > 0, kinds.join())
    const place = before + 1 === at ? `event ${at}` : `one of the events ${before + 1} to ${at}`
    assert.ok(findings[0]?.what.includes(`The first that differs is ${place}`), findings[0]?.what)
    assert.equal(newest?.sequence ?? 0, before)
  }
})

test('heads that are forged, foreign, unsigned, for something else or from one who may not sign are found', async (context) => {
  const { events, signed, found, eve, ada, cwd } = await journalWithHeads(context)
  const last = events.length
  const good = await signed(last)
  const { head, signature } = good
  const forged = { head: { ...head, sequence: last + 1 }, signature }
  const later = { ...head, time: '2026-12-01T00:00:00.000Z' }
  const cases = [
    [forged, 'signature'],
    [await signed(last, eve.path), 'signature'],
    [await signed(last, ada.path, 'approval'), 'signature'],
    [await signed({ ...head, journal: 'upkeep/other' }), 'foreign'],
    // Signed by who may, yet never what this journal said.
    [await signed({ ...head, hash: 'f'.repeat(64) }), 'rewritten'],
    [await signed(later), 'rewritten'],
    [JSON.stringify({ head }), 'unsigned'],
    [JSON.stringify({ head, signature: 'x' }), 'unreadable'],
    [JSON.stringify({ head: { ...head, more: 1 }, signature }), 'unreadable'],
    ['{"head":', 'unreadable'],
  ] as const
  for (const [kept, kind] of cases) {
    const { kinds, findings, newest } = await found(await signed(4), kept)
    assert.deepEqual(kinds, [kind])
    assert.equal(findings[0]?.line, 3)
    assert.equal(newest?.sequence, 4, 'what is no good head proves nothing')
  }
  writeFileSync(join(cwd, 'signers'), `upkeep valid-before="20261120" ${ada.publicKey}\n`)
  assert.deepEqual((await found(good)).kinds, ['signature'])
  // The day after: a head of the time before is as good as it was.
  writeFileSync(join(cwd, 'signers'), `upkeep valid-before="20261122" ${ada.publicKey}\n`)
  assert.deepEqual((await found(good)).kinds, [])
})

test('heads that go back are found, doubled ones are not', async (context) => {
  const { signed, found } = await journalWithHeads(context)
  const [third, ninth] = [await signed(3), await signed(9)]
  assert.deepEqual((await found(third, third, ninth, ninth)).kinds, [])
  const { kinds, findings } = await found(ninth, third)
  assert.deepEqual(kinds, ['went-back'])
  assert.match(findings[0]?.what ?? '', /of event 3, .* \(line 1\) of event 9/)
})

test('a head beyond a place where the chain is broken is not called a cut', async (context) => {
  const { path, lines, events, signed, found } = await journalWithHeads(context)
  writeFileSync(
    path,
    `${lines.map((line, index) => (index === 7 ? line.replace('"actor":"a', '"actor":"b') : line)).join('\n')}\n`,
  )
  const { kinds, newest } = await found(await signed(5), await signed(events.length))
  assert.deepEqual([kinds, newest?.sequence], [['unreached'], 5])
})

test('for people: from standard input, nothing written, and the first line says it', async (context) => {
  const { cwd, dir, events, signed, verify } = await journalWithHeads(context)
  const before = readdirSync(cwd, { recursive: true }).sort()
  const text = `${headLine(await signed(events.length))}\n`
  const { code, out } = await verify(text, '--heads', '-')
  assert.equal(code, 0)
  assert.match(out, /1 heads in - have a good signature\.\nThe newest that agrees is of event \d+, at 2026-/)
  assert.deepEqual(
    readdirSync(cwd, { recursive: true })
      .filter((name) => name !== 'heads.jsonl')
      .sort(),
    before,
  )
  rmSync(dir, { recursive: true })
  mkdirSync(dir)
  assert.equal((await verify(text)).code, 8)
})

test('a file that is not there, and an estate that names no signers, are problems', async (context) => {
  const { cwd, verify } = await journalWithHeads(context)
  const missing = await verify('', '--heads', 'nowhere.jsonl')
  assert.deepEqual([missing.code, /input\/heads/.test(missing.err)], [3, true])
  const estate = join(cwd, 'estate.yaml')
  writeFileSync(estate, readFileSync(estate, 'utf8').replace(/\njournal:[^]*/, '\n'))
  const none = await verify('')
  assert.deepEqual([none.code, /input\/heads/.test(none.err)], [3, true])
})
