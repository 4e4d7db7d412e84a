import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { goodEstate } from './hostile/make.ts'
import { hostileShapes } from './hostile/shapes.ts'
import { hostileValues } from './hostile/values.ts'
import { directory } from './upkeep.ts'

const hostileEstates = [...hostileValues, ...hostileShapes]
const limitMs = 5_000
const limitMegabytes = 300
const verbs = [['check'], ['patch', 'plan', '--system', 'erp'], ['doctor'], ['check', '--json']]
/** What a terminal obeys or a reader can not see. */
const unseen =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

type Cost = {
  readonly runs: readonly { readonly code: number; readonly ms: number }[]
  readonly megabytes: number
  readonly contacts: readonly string[]
}
type Outcome = { readonly out: string; readonly err: string; readonly cost: Cost }

/** Runs `upkeep` with each of the verbs on one estate, in a process that may not live long; its `ssh` would leave a trace. */
async function outcome(cwd: string, file: string, lines = verbs): Promise<Outcome> {
  const bin = join(cwd, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\n>'${cwd}/ssh-was-run'\n`, { mode: 0o755 })
  const argv = lines.map((line) => JSON.stringify([...line, '--estate', file]))
  const child = spawn(process.execPath, [join(import.meta.dirname, 'hostile/run.ts'), ...argv], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 2 * lines.length * limitMs,
    killSignal: 'SIGKILL',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const code = await new Promise((resolve) => child.on('close', resolve))
  const [said = '', cost = ''] = out.split('\n@cost ')
  assert.notEqual(cost, '', `it ended with ${String(code)}: ${err.slice(-500)}`)
  return { out: said, err, cost: JSON.parse(cost) as Cost }
}

function assertRefused({ out, err, cost }: Outcome, cwd: string, code: string, tells: RegExp): void {
  for (const run of cost.runs) {
    assert.equal(run.code, 3, err.slice(0, 500))
    assert.ok(run.ms < limitMs, `${run.ms} ms`)
  }
  assert.ok(cost.megabytes < limitMegabytes, `${cost.megabytes} MB`)
  assert.deepEqual(cost.contacts, [])
  assert.ok(!existsSync(join(cwd, 'ssh-was-run')))
  assert.doesNotMatch(`${out}${err}`.replaceAll('\n', ''), unseen)
  assert.doesNotMatch(`${out}${err}`, /pw-hidden/)
  assert.ok(err.length < 30_000, `${err.length} characters are told`)
  if (out !== '') {
    const told = JSON.parse(out) as { problems: { code: string }[] }
    assert.equal(told.problems[0]?.code, code)
  }
  if (err === '') return
  const [first = '', ...rest] = err.split('\n')
  assert.match(first, new RegExp(`^\\S+ {2}${code}$`), 'place and code')
  assert.match(rest.join('\n'), tells)
}

test('there are forty hostile estates and more, and each is another', () => {
  assert.ok(hostileEstates.length >= 40)
  assert.equal(new Set(hostileEstates.map(({ says }) => says)).size, hostileEstates.length)
})

test('the good estate contacts its hosts, its mail server and its jump host: what must not happen below would be seen', async (context) => {
  const cwd = directory(context)
  let knocks = 0
  const server = createServer((socket) => {
    knocks += 1
    socket.on('error', () => {})
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(65_533, '127.0.0.1', resolve))
  context.after(() => server.close())
  writeFileSync(join(cwd, 'estate.yaml'), goodEstate)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(cwd, 'host-key')])
  execFileSync('cp', [join(cwd, 'host-key'), join(cwd, 'jump-key')])
  writeFileSync(join(cwd, 'known-hosts-file'), '')
  writeFileSync(join(cwd, 'secret-file'), 'not-told')
  const { err, cost } = await outcome(cwd, 'estate.yaml', [['check'], ['doctor']])
  assert.equal(cost.runs[0]?.code, 0, err)
  assert.ok(knocks >= 3, `${knocks}`)
  assert.ok(
    cost.contacts.some((type) => type.startsWith('TCP')),
    cost.contacts.join(),
  )
})

for (const { says, bytes, code, tells } of hostileEstates) {
  // Fault 19, estate files: an estate file is hostile. Outcome: refused, and nobody is contacted.
  test(`a hostile estate is refused, and nobody is contacted: ${says}`, async (context) => {
    const cwd = directory(context)
    writeFileSync(join(cwd, 'estate.yaml'), bytes)
    // The memory of a large one is measured for each verb by itself.
    if (bytes.length < 100_000) return assertRefused(await outcome(cwd, 'estate.yaml'), cwd, code, tells)
    for (const verb of verbs) {
      assertRefused(await outcome(cwd, 'estate.yaml', [verb]), cwd, code, tells)
    }
  })
}

const files: readonly (readonly [says: string, make: (path: string) => void, code: string, tells: RegExp])[] =
  [
    ['a directory', (path) => mkdirSync(path), 'no-file', /plain file/],
    ['a FIFO that nobody writes to', (path) => execFileSync('mkfifo', [path]), 'no-file', /plain file/],
    ['a device that never ends', (path) => symlinkSync('/dev/zero', path), 'no-file', /plain file/],
    ['a link to itself', (path) => symlinkSync(path, path), 'not-found', /can be read/],
    [
      'a file of a terabyte, empty on the disk',
      (path) => execFileSync('truncate', ['-s', '1T', path]),
      'too-large',
      /at most/,
    ],
    [
      'a file that has no size and no end',
      (path) => symlinkSync('/proc/self/mem', path),
      'not-found',
      /can be read/,
    ],
  ]
for (const [says, make, code, tells] of files) {
  // Fault 19, estate files: something else stands in place of an estate file. Outcome: refused.
  test(`as an estate file, ${says} is refused`, async (context) => {
    const cwd = directory(context)
    make(join(cwd, 'estate.yaml'))
    assertRefused(await outcome(cwd, 'estate.yaml'), cwd, `estate/${code}`, tells)
  })

  // Fault 17, estate files: something else stands in place of a plan file. Outcome: refused.
  test(`as a plan file, ${says} is refused`, async (context) => {
    const cwd = directory(context, true)
    make(join(cwd, 'plan.json'))
    const told = await outcome(cwd, 'estate.yaml', [
      ['patch', 'run', '--plan', 'plan.json'],
      ['patch', 'run', '--plan', 'plan.json', '--json'],
    ])
    assertRefused(told, cwd, code === 'not-found' ? 'input/plan-not-found' : `plan-file/${code}`, tells)
  })
}

test('the name of an estate file is no more than a name', async (context) => {
  const cwd = directory(context)
  const { err, cost } = await outcome(cwd, '\u001b]0;owned\u0007\u202e\u009b31m.yaml')
  assert.deepEqual(
    cost.runs.map(({ code }) => code),
    [3, 3, 3, 3],
  )
  assert.doesNotMatch(err.replaceAll('\n', ''), unseen)
})
