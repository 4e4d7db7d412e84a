import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import type { Host } from '../../connect/remote.ts'
import { awaitUnit } from '../../connect/unit.ts'
import { ok } from '../../schemas/problem.ts'

/** A host whose unit is a shell of this machine in a directory, and its service manager a file there. */
function hostOf(directory: string, asked: () => void): Host {
  const run: Host['run'] = (script, { args = [], timeoutMs }) =>
    new Promise((resolve) => {
      asked()
      const [unit = '', , ...rest] = args
      const env = { PATH: `${directory}:${process.env['PATH'] ?? ''}` }
      const argv = ['-c', script, 'sh', unit, directory, ...rest]
      execFile('sh', argv, { env, timeout: timeoutMs }, (error, stdout, stderr) =>
        resolve(ok({ code: error === null ? 0 : 1, stdout, stderr, truncated: false, lost: false })),
      )
    })
  return { name: 'host', run } as Host
}

test('the first output of a unit is had at once, what follows in few answers, and all of it once', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-unit-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  const [stub, state] = [join(directory, 'systemctl'), join(directory, 'state')]
  writeFileSync(state, 'active\n')
  writeFileSync(stub, `#!/bin/sh\ncat '${state}'\n`)
  chmodSync(stub, 0o755)
  const script = `cd '${directory}' && echo boot id >started
    for i in 1 2 3 4 5 6 7 8 9 10 11; do echo "line $i" >>output; sleep 0.4; done
    echo exited 7 exit-code >exit; echo inactive >state`
  const work = spawn('sh', ['-c', script], { stdio: 'ignore' })
  const seen: string[] = []
  let asked = 0
  const host = hostOf(directory, () => (asked += 1))
  const end = await awaitUnit(async () => ok(host), {
    unit: 'work',
    timeoutMs: 20_000,
    onOutput: (text) => void seen.push(text),
  })
  const whole = Array.from({ length: 11 }, (_, i) => `line ${i + 1}\n`).join('')
  assert.ok(end.ok && end.value.state === 'ended', JSON.stringify(end))
  assert.deepEqual([end.value.code, end.value.output], [7, whole])
  assert.equal(seen.join(''), whole)
  assert.ok((seen[0] ?? '').length < whole.length, 'the first lines came before the end')
  assert.ok(asked <= 3, `${asked} times`)
  work.kill()
})
