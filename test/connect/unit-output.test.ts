import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../../connect/remote.ts'
import { inTurn } from '../../connect/script.ts'
import { awaitUnit, runUnit, startUnit } from '../../connect/unit.ts'
import { ok } from '../../schemas/problem.ts'

/** What a service manager does, as far as one unit goes: it runs it behind, and what is to follow its end. */
const systemdRun = (directory: string) => `#!/bin/sh
for word; do case $word in --property=ExecStopPost=*) stop=\${word#--property=ExecStopPost=} ;; esac; done
while [ "\${1#--}" != "$1" ]; do shift; done
export INVOCATION_ID=4711
echo active >'${directory}/state'
(
  "$@"
  EXIT_CODE=exited EXIT_STATUS=$? SERVICE_RESULT=exit-code $stop
  echo inactive >'${directory}/state'
) >/dev/null 2>&1 &
`

/** A host whose units are shells of this machine in a directory; `asked` hears of each command, `cutAfterMs` ends the link under one. */
function hostOf(context: TestContext, asked: () => void, cutAfterMs?: number) {
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-unit-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  const stub = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    chmodSync(join(directory, name), 0o755)
  }
  writeFileSync(join(directory, 'state'), 'inactive\n')
  stub('systemctl', `#!/bin/sh\ncat '${directory}/state'\n`)
  stub('systemd-run', systemdRun(directory))
  const print: Host['print'] = (script, { args = [], afterwards, onStdout }) =>
    new Promise((resolve) => {
      asked()
      const [unit = '', , ...rest] = args
      const env = { ...process.env, PATH: `${directory}:${process.env['PATH'] ?? ''}` }
      const text = afterwards === undefined ? script : inTurn(script, afterwards)
      const child = spawn('sh', ['-c', text, 'sh', unit, join(directory, 'unit'), ...rest], { env })
      const cut = cutAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), cutAfterMs)
      let stderr = ''
      child.stdout.on('data', onStdout)
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
      child.on('close', (code) => {
        clearTimeout(cut)
        resolve(ok({ code, stderr, stderrTruncated: false, lost: code === null }))
      })
    })
  return { directory, host: { name: 'host', print } as Host }
}

const script = `for i in 1 2 3 4 5 6 7 8 9 10 11; do echo "line $i"; sleep 0.4; done; exit 7`
const whole = Array.from({ length: 11 }, (_, i) => `line ${i + 1}\n`).join('')

test('one command starts a unit, tells its output while it comes, and how it ended', async (context) => {
  const seen: string[] = []
  let asked = 0
  const { host } = hostOf(context, () => (asked += 1))
  const work = { unit: 'work', script, timeoutMs: 20_000, onOutput: (text: string) => void seen.push(text) }
  const end = await runUnit(async () => ok(host), work)
  assert.ok(end.ok && end.value.state === 'ended', JSON.stringify(end))
  assert.deepEqual([end.value.code, end.value.output], [7, whole])
  assert.equal(seen.join(''), whole)
  assert.ok((seen[0] ?? '').length < whole.length, 'the first lines came before the end')
  assert.ok(seen.length <= 4, `${seen.length} pieces`)
  assert.equal(asked, 1)
})

test('a link that is cut again and again costs no line of the output, and none comes twice', async (context) => {
  const seen: string[] = []
  let asked = 0
  const { host } = hostOf(context, () => (asked += 1), 1600)
  const work = { unit: 'work', script, timeoutMs: 20_000, onOutput: (text: string) => void seen.push(text) }
  const end = await runUnit(async () => ok(host), work)
  assert.ok(end.ok && end.value.state === 'ended', JSON.stringify(end))
  assert.equal(seen.join(''), whole)
  assert.ok(asked > 2, `${asked} times`)
})

test('a unit with the name of other work is not started; the same work is found', async (context) => {
  const { directory, host } = hostOf(context, () => {})
  const work = { unit: 'work', script: 'echo once; exit 3', timeoutMs: 20_000 }
  const get = async () => ok(host)
  assert.equal((await runUnit(get, work)).ok, true)
  const other = await startUnit(host, { ...work, args: ['other'] })
  assert.equal(other.ok ? '' : other.problems[0]?.code, 'host/unit-differs')
  const same = await runUnit(get, work)
  assert.deepEqual(same.ok && same.value.state === 'ended' && [same.value.code, same.value.output], [
    3,
    'once\n',
  ])
  assert.equal(readFileSync(join(directory, 'unit/output'), 'utf8'), 'once\n')
  const again = await awaitUnit(get, { unit: 'work', timeoutMs: 20_000 })
  assert.equal(again.ok && again.value.state, 'ended')
})

test('once nobody waits any more, nothing of the output is told', async (context) => {
  const seen: string[] = []
  const { host } = hostOf(context, () => {})
  const work = { unit: 'work', script: 'sleep 1.2; echo late; sleep 2', timeoutMs: 20_000 }
  assert.equal((await startUnit(host, work)).ok, true)
  // The first command finds it running, and its link is cut at once; the next one is under way when the time is over.
  let commands = 0
  const print: Host['print'] = (text, o) => {
    commands += 1
    if (commands > 1) return host.print(text, o)
    o.onStdout(Buffer.from('start=running\n'))
    return Promise.resolve(ok({ code: null, stderr: '', stderrTruncated: false, lost: true }))
  }
  const onOutput = (text: string) => void seen.push(text)
  const end = await runUnit(async () => ok({ ...host, print }), { ...work, onOutput, waitMs: 300 })
  assert.equal(end.ok && end.value.state, 'running')
  await sleep(3500)
  assert.deepEqual([commands, seen], [2, []])
})

test('a unit that runs, or has ended, is found without a byte being written beside it', async (context) => {
  const { directory, host } = hostOf(context, () => {})
  const work = { unit: 'work', script: 'echo on; exit 3', timeoutMs: 20_000 }
  assert.equal((await runUnit(async () => ok(host), work)).ok, true)
  const unit = join(directory, 'unit')
  // As a version before this one left it, under way.
  rmSync(join(unit, 'around'))
  renameSync(join(unit, 'exit'), join(directory, 'exit'))
  writeFileSync(join(directory, 'state'), 'active\n')
  const names = readdirSync(unit)
  const running = await startUnit(host, work)
  assert.deepEqual([running.ok && running.value, readdirSync(unit)], ['running', names])
  writeFileSync(join(directory, 'state'), 'inactive\n')
  const unknown = await startUnit(host, work)
  assert.deepEqual([unknown.ok && unknown.value, readdirSync(unit)], ['unknown', names])
})

test('what was put beside the work by a start that came no further is written anew', async (context) => {
  const { directory, host } = hostOf(context, () => {})
  const work = { unit: 'work', script: 'echo on; exit 3', timeoutMs: 20_000 }
  assert.equal((await runUnit(async () => ok(host), work)).ok, true)
  const unit = join(directory, 'unit')
  for (const name of readdirSync(unit)) if (name !== 'script') rmSync(join(unit, name))
  writeFileSync(join(unit, 'around'), 'exit 9\n')
  const end = await runUnit(async () => ok(host), work)
  assert.equal(end.ok && end.value.state === 'ended' && end.value.code, 3)
})

test('a host that floods the answer about a unit is given up', async (context) => {
  const { host } = hostOf(context, () => {})
  let halted = 0
  const print: Host['print'] = async (_script, { onStdout, isFull }) => {
    for (let i = 0; i < 100 && isFull?.() !== true; i += 1) onStdout(Buffer.alloc(1 << 16, 'x'))
    halted += isFull?.() === true ? 1 : 0
    return ok({ code: null, stderr: '', stderrTruncated: false, lost: false })
  }
  const end = await awaitUnit(async () => ok({ ...host, print }), { unit: 'work', timeoutMs: 1200 })
  assert.equal(end.ok ? '' : end.problems[0]?.code, 'host/lost')
  assert.ok(halted > 0)
})
