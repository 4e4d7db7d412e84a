import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { commandLine } from '../../playbooks/command-line.ts'
import { onlyDocument } from './document.ts'
import { ranRollout } from './rollout.ts'
import { directory, recorded } from './upkeep.ts'

async function said(cwd: string, ...words: readonly string[]) {
  const { outside, out, err } = recorded({ cwd })
  const code = await commandLine(outside, [...words, '--estate', join(cwd, 'estate.yaml')])
  return { code, out: out(), err: err() }
}

test('before the first rollout there is no journal, and that is said in one line', async (context) => {
  const cwd = directory(context, true)
  const none = { code: 0, out: 'There is no journal yet: no rollout has begun.', err: '' }
  assert.deepEqual(await said(cwd, 'journal', 'verify'), none)
  assert.deepEqual(await said(cwd, 'journal', 'show'), none)
  assert.equal(onlyDocument((await said(cwd, 'journal', 'verify', '--json')).out)['events'], 0)
  // A timer calls `resume` before anything has begun.
  assert.equal((await said(cwd, 'resume')).code, 0)
  assert.deepEqual(await said(cwd, 'journal', 'verify'), none)
  rmSync(join(cwd, 'state/journal'), { recursive: true })
  assert.equal((await said(cwd, 'journal', 'verify')).code, 8)
})

// Fault 11, controllers: the journal was emptied. Outcome: it does not verify.
test('a journal that was emptied does not verify', async (context) => {
  const { cwd } = await ranRollout(context)
  rmSync(join(cwd, 'state/journal'), { recursive: true })
  for (const empty of [false, true]) {
    if (empty) mkdirSync(join(cwd, 'state/journal'))
    const { code, err } = await said(cwd, 'journal', 'verify')
    assert.equal(code, 8)
    assert.match(err, /journal\/gone/)
    assert.match(err, /r1\.json/)
  }
})

// Fault 11, controllers: the journal's last line is torn. Outcome: it does not verify, and the torn end is named.
test('a torn end does not verify, and is named with its place', async (context) => {
  const { cwd } = await ranRollout(context)
  const segments = join(cwd, 'state/journal')
  const last =
    readdirSync(segments)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .at(-1) ?? assert.fail()
  appendFileSync(join(segments, last), '{"torn')
  const { code, out } = await said(cwd, 'journal', 'verify')
  assert.equal(code, 8)
  assert.match(
    out,
    new RegExp(`NOT OF IT: \\S*/${last}:\\d+ \\(byte \\d+, 6 bytes\\): .*the next run sets it aside`),
  )
})

test('a rollout or a system that is not there is a problem with what was probably meant', async (context) => {
  const { cwd } = await ranRollout(context)
  const rollout = await said(cwd, 'journal', 'show', '--rollout', 'r2')
  assert.equal(rollout.code, 3)
  assert.match(rollout.err, /input\/rollout/)
  const system = await said(cwd, 'patch', 'status', '--system', 'epr')
  assert.equal(system.code, 2)
  assert.match(system.err, /Did you mean "erp"\?/)
  assert.equal((await said(cwd, 'patch', 'status', '--system', 'erp')).code, 0)
})
