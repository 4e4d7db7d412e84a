import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { scriptText } from '../../playbooks/steps/script.ts'

/** How often the script's own xargs runs its command for so many packages, and how it ends. */
function runs(context: TestContext, packages: number) {
  const [, options] = /xargs (.*) -a "\$scratch\/operands"/.exec(scriptText('apt-change.sh')) ?? []
  assert.ok(options)
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-operands-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'operands')
  const paths = Array.from(
    { length: packages },
    (_, at) => `/var/lib/upkeep/packages/r1/new/name-of-it-${at}.deb\n`,
  )
  writeFileSync(file, paths.join(''))
  const words = [...options.split(' '), '-a', file, 'sh', '-c', 'echo run', 'sh']
  const { status, stdout } = spawnSync('xargs', words, { encoding: 'utf8' })
  return { status, runs: stdout.split('\n').length - 1 }
}

test('very many packages are one transaction, and too many are none instead of several', (context) => {
  assert.deepEqual(runs(context, 5), { status: 0, runs: 1 })
  assert.deepEqual(runs(context, 10_000), { status: 0, runs: 1 })
  assert.deepEqual(runs(context, 60_000), { status: 1, runs: 0 })
})
