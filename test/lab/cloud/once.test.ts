import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kill } from 'node:process'
import test, { type TestContext } from 'node:test'
import { once } from '../../../lab/cloud/once.ts'
import { until } from '../../../lab/must.ts'

function placed(context: TestContext, script: string) {
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-once-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const file = (name: string) => join(directory, name)
  const env = { runs: file('runs'), go: file('go') }
  return {
    file,
    thing: { made: file('bin/made'), lock: file('lock'), what: 'it', script, env, timeoutMs: 20_000 },
  }
}

const slow = 'echo run >>"$runs"; until [ -e "$go" ]; do sleep 0.05; done; echo done >"$made"'

test('two at once make it one time, and the second is told for what it waits', async (context) => {
  const { file, thing } = placed(context, slow)
  const lines: string[] = []
  const both = ['a', 'b'].map((who) => once(thing, (line) => void lines.push(`${who}: ${line}`)))
  assert.ok(await until(async () => lines.length === 1 && existsSync(file('runs')), 10_000, 20))
  writeFileSync(file('go'), '')
  await Promise.all(both)
  assert.equal(readFileSync(file('runs'), 'utf8'), 'run\n')
  assert.match(lines[0] ?? '', /another process makes it .*: waiting for it/)
})

test('what is there is not made again', async (context) => {
  const { file, thing } = placed(context, 'echo run >>"$runs"; echo done >"$made"')
  await once(thing, assert.fail)
  await once(thing, assert.fail)
  assert.equal(readFileSync(file('runs'), 'utf8'), 'run\n')
})

test('one that was killed leaves no lock: the next one makes it', async (context) => {
  const { file, thing } = placed(context, slow)
  const first = once(thing, assert.fail)
  const refused = assert.rejects(first)
  assert.ok(await until(async () => existsSync(file('runs')), 10_000, 20))
  kill(Number(readFileSync(thing.lock, 'utf8')), 'SIGKILL')
  await refused
  writeFileSync(file('go'), '')
  await once(thing, assert.fail)
  assert.equal(readFileSync(file('runs'), 'utf8'), 'run\nrun\n')
})

test('one that fails says why, and the next one tries again', async (context) => {
  const { thing } = placed(context, 'echo no room >&2; exit 3')
  await assert.rejects(once(thing, assert.fail), /exit 3\nno room/)
  await assert.rejects(once(thing, assert.fail), /no room/)
})
