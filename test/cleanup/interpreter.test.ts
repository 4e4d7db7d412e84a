import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { isNoInterpreter, lastLine } from '../../playbooks/facts/cleanup/ask.ts'
import { cleanupProgram, cleanupScript } from '../../playbooks/facts/cleanup/program.ts'

const program = await cleanupProgram()
const script = await cleanupScript()
const hasPlatformPython = existsSync('/usr/libexec/platform-python')
const python = execFileSync('python3', ['-c', 'import os, sys; print(os.path.realpath(sys.executable))'], {
  encoding: 'utf8',
}).trim()

/** What a host answers that has these programs and no others; a text is a script, `true` the machine's own. */
function answer(programs: Readonly<Record<string, string | true>>): unknown {
  const path = mkdtempSync(join(tmpdir(), 'upkeep-path-'))
  try {
    for (const [name, text] of Object.entries(programs)) {
      if (text === true) symlinkSync(name === 'python3' ? python : `/usr/bin/${name}`, join(path, name))
      else writeFileSync(join(path, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    }
    const question = JSON.stringify({ verb: 'scan', home: '/nowhere', rules: [] })
    const words = ['-c', `set -- "$1" "$2"\n${script}`, 'sh', program, question]
    const ran = spawnSync('/bin/sh', words, { encoding: 'utf8', env: { PATH: path } })
    return lastLine(ran.stdout)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

test('a host with Python alone is asked', () => {
  const found = answer({ python3: true }) as { rules?: unknown }
  assert.deepEqual(found.rules, [])
})

for (const [what, programs] of [
  // Fault, clean up: a host has no interpreter that can make the system calls, or an old one. Outcome: nothing is done there, and it is said.
  ['nothing', {}],
  ['Perl alone', { perl: true }],
  ['a Python that is too old', { python3: 'exit 1' }],
  ['a Python that does not start', { python3: 'exit 127' }],
] as const) {
  test(
    `a host with ${what} says that it can not`,
    { skip: hasPlatformPython && 'needs no platform-python' },
    () => {
      assert.ok(isNoInterpreter(answer(programs)))
    },
  )
}
