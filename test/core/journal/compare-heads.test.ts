import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test, type TestContext } from 'node:test'
import { signText, verifyTexts } from '../../../connect/sign.ts'
import { compareHeads } from '../../../core/journal/compare-heads.ts'
import { headLine, headNamespace, headOf, headText } from '../../../core/journal/head.ts'
import { type KeptHead, readHeads } from '../../../core/journal/read-heads.ts'
import { segmentPath } from '../../../core/journal/segments.ts'
import { verifyJournal } from '../../../core/journal/verify.ts'
import type { Event } from '../../../schemas/event.ts'
import { signingKey } from '../../connect/signing-key.ts'
import { freshDirectory, valueOf, writeJournal } from './open-state.ts'
import { rewrittenFrom } from './rewritten.ts'

const journal = 'upkeep/test'

/** A real journal of 40 events, with heads of some of them that ssh-keygen signed and found good. */
async function withHeads(context: TestContext, of: readonly number[]) {
  const dir = await freshDirectory(context)
  const keys = await freshDirectory(context)
  await writeJournal(dir, 39)
  const path = segmentPath(dir, 1)
  const text = await readFile(path, 'utf8')
  const events = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  const key = signingKey(keys, 'ada')
  const signers = `${keys}/signers`
  await writeFile(signers, `upkeep namespaces="${headNamespace}" ${key.publicKey}\n`)
  const lines = await Promise.all(
    of.map(async (sequence) => {
      const event = events[sequence - 1]
      assert.ok(event !== undefined)
      const head = headOf(event)
      const signature = valueOf(await signText(headText(head), { key: key.path, namespace: headNamespace }))
      return headLine({ head, signature })
    }),
  )
  const { heads, findings } = readHeads(lines.join('\n'))
  assert.deepEqual([heads.length, findings], [of.length, []])
  const judged = await verifyTexts(
    heads.map(({ head, signature }) => ({ text: headText(head), signature, time: head.time })),
    { allowedSigners: signers, signer: 'upkeep', namespace: headNamespace },
  )
  assert.ok(valueOf(judged).every(({ good }) => good))
  return { dir, path, text, events, heads }
}

async function compared(dir: string, heads: readonly KeptHead[]) {
  const comparison = compareHeads(journal, heads)
  const report = valueOf(await verifyJournal(dir, undefined, comparison.see))
  assert.ok(report.ok, 'the chain alone can not show it')
  return comparison.end(false)
}

test('truncated at each event: the chain is right, and a head of the end finds it', async (context) => {
  const { dir, path, text, events, heads } = await withHeads(context, [40])
  const lines = text.trimEnd().split('\n')
  assert.deepEqual((await compared(dir, heads)).findings, [])
  for (let length = 0; length < events.length; length += 1) {
    await writeFile(
      path,
      lines
        .slice(0, length)
        .map((line) => `${line}\n`)
        .join(''),
    )
    const { findings, newest } = await compared(dir, heads)
    assert.deepEqual([findings.map(({ kind }) => kind), newest], [['truncated'], null])
    assert.match(findings[0]?.what ?? '', new RegExp(`had 40 events .* ends at event ${length}:`))
  }
})

test('rewritten from each event on: the chain is right, heads find it and say where it may begin', async (context) => {
  const sequences = [1, 6, 7, 20, 40]
  const { dir, path, events, heads } = await withHeads(context, sequences)
  for (let n = 1; n <= events.length; n += 1) {
    await writeFile(path, rewrittenFrom(events, n))
    const { findings, newest } = await compared(dir, heads)
    const from = (sequences.findLast((sequence) => sequence < n) ?? 0) + 1
    const to = sequences.find((sequence) => sequence >= n) ?? 0
    assert.deepEqual(
      findings.map(({ kind, sequence }) => [kind, sequence]),
      sequences.filter((sequence) => sequence >= n).map((sequence) => ['rewritten', sequence]),
    )
    const place = from === to ? `event ${to}` : `one of the events ${from} to ${to}`
    assert.ok(findings[0]?.what.includes(`The first that differs is ${place}`), findings[0]?.what)
    assert.equal(newest?.sequence ?? 0, from - 1)
  }
})

test('a journal of another name, rightly signed, proves nothing', async (context) => {
  const { dir, heads } = await withHeads(context, [40])
  const comparison = compareHeads('upkeep/other', heads)
  valueOf(await verifyJournal(dir, undefined, comparison.see))
  const { findings, newest } = comparison.end(false)
  assert.deepEqual([findings.map(({ kind }) => kind), newest], [['foreign'], null])
})
