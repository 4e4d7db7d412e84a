import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { deadExports, violations } from './rules.ts'
import { sourceFile } from './source.ts'

const root = join(import.meta.dirname, '../..')
const folders = ['schemas', 'core', 'connect', 'playbooks', 'lab', 'stacks', 'docs', 'test', 'bench']

const files = folders.flatMap((folder) => {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`)
  } catch {
    return []
  }
})

test('every file of the house keeps its rules', () => {
  assert.ok(files.length > 100, `only ${files.length} files were found`)
  const broken = files.flatMap((path) => violations(sourceFile(path, readFileSync(join(root, path), 'utf8'))))
  assert.deepEqual(broken, [])
})

test('what a file gives to others is taken by one of them', () => {
  const all = files.map((path) => sourceFile(path, readFileSync(join(root, path), 'utf8')))
  assert.deepEqual(deadExports(all), [])
  const dead = sourceFile(
    'core/a.ts',
    'export const a = 1\nexport function b() {}\nexport type C = number\na + b()',
  )
  const other = sourceFile('core/b.ts', "import { b } from './a.ts'\nb()\nconst text = 'a'")
  assert.deepEqual(deadExports([dead, other]), ['core/a.ts:1: nobody else uses "a": it is no export'])
})

/** A planted text, and the rule that must name its line. */
const planted: readonly (readonly [path: string, text: string, says: RegExp])[] = [
  ['schemas/estate.ts', "import { x } from '../core/exit.ts'", /:1: schemas must not import core\/exit\.ts/],
  ['core/exit.ts', "import { x } from '../connect/text.ts'", /core must not import connect\/text\.ts/],
  ['core/exit.ts', "import type { X } from '../playbooks/command.ts'", /core must not import playbooks/],
  ['core/run/next.ts', "const a = 1\nawait import('../../connect/pool.ts')", /:2: core must not import/],
  ['connect/pool.ts', "import { x } from '../core/exit.ts'", /connect must not import core\/exit\.ts/],
  ['connect/pool.ts', "export { x } from '../playbooks/told.ts'", /connect must not import playbooks/],
  ['playbooks/patch.ts', "import { x } from '../lab/command.ts'", /playbooks must not import lab/],
  ['playbooks/patch.ts', "import { x } from '../test/all.ts'", /playbooks must not import test/],
  ['playbooks/steps/apt.ts', "import { x } from '../../connect/pool.ts'", /steps must not import connect/],
  ['playbooks/steps/apt.ts', "import { x } from '../facts/apt.ts'", /steps must not import playbooks\/facts/],
  ['lab/hosts.ts', "import { x } from '../test/all.ts'", /lab must not import test/],
  ['stacks/index.ts', "import { x } from '../playbooks/patch.ts'", /stacks must not import playbooks/],
  ['stacks/index.ts', "import { x } from '../core/run/next.ts'", /stacks must not import core\/run/],
  ['connect/unit.ts', "import { NodeSSH } from 'node-ssh'", /node-ssh is imported in connect\/ssh\.ts only/],
  ['playbooks/patch.ts', "import type { Client } from 'ssh2'", /ssh2 is imported in/],
  ['connect/ssh.ts', "import { $ } from 'zx'", /zx is imported in connect\/local\.ts only/],
  ['playbooks/patch.ts', "import * as aws from '@pulumi/aws'", /@pulumi\/aws is imported in stacks/],
  [
    'core/exit.ts',
    "import { run } from '@pulumi/pulumi/automation'",
    /@pulumi\/pulumi\/automation is imported in/,
  ],
  ['connect/ssh.ts', "import 'zx/globals'", /zx\/globals is imported in connect\/local\.ts only/],
  ['core/exit.ts', "import { spawn } from 'node:child_process'", /child_process is imported in/],
  ['playbooks/told.ts', "import { get } from 'node:https'", /https is imported in connect\/ only/],
  ['core/exit.ts', '\nconst x = process.env', /:2: `process` is for the entry/],
  ['core/exit.ts', 'const { env } = process', /`process` is for the entry/],
  ['core/exit.ts', 'const now = Date.now()', /the clock is a parameter/],
  ['core/exit.ts', 'const now = Date.now', /the clock is a parameter/],
  ['core/exit.ts', 'const now = new Date()', /the clock is a parameter/],
  ['core/exit.ts', 'const now = performance.now()', /the clock is a parameter/],
  ['core/exit.ts', 'const x = Math.random()', /random numbers are a parameter/],
  ['core/exit.ts', "import { randomUUID } from 'node:crypto'", /random numbers are a parameter/],
  // Texts that the rule has to refuse; none of them is a test.
  ['test/a.test.ts', "test.skip('a', () => {})", /no test is left out/],
  ['test/a.test.ts', "it.todo('a')", /no test is left out/],
  ['test/a.test.ts', "describe.only('a', () => {})", /no test is left out/],
  ['test/a.test.ts', "test('a', { skip: true }, () => {})", /no test is left out/],
  ['test/a.test.ts', "test('a', { skip: 'later' }, () => {})", /no test is left out/],
  [
    'test/a.test.ts',
    "test('a', { skip: isLater && 'needs time' }, x)\ntest('b', { skip: x && 'no' }, y)",
    /:2:/,
  ],
  ['core/journal/utils.ts', '', /a name says what a file holds/],
  ['core/helpers/journal.ts', '', /a name says what a file holds/],
  ['core/run-manager.ts', '', /a name says what a file holds/],
  ['core/exit.ts', 'x()\n'.repeat(301), /:300: 301 lines/],
]

for (const [path, text, says] of planted) {
  test(`${text.trim().split('\n').at(-1)?.slice(0, 60) || path} in ${path} is found`, () => {
    const found = violations(sourceFile(path, text))
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', says)
  })
}

test('a test may say what a machine lacks', () => {
  const text = "test('a', { skip: !mayMount && 'needs root' }, () => {})"
  assert.deepEqual(violations(sourceFile('test/a.test.ts', text)), [])
})

test('words in comments and strings, and members of the same name, are no violation', () => {
  const text = [
    '// process.env, Date.now() and Math.random() in a comment',
    'const text = \'import { x } from "zx"; process.exit()\'',
    'const at = new Date(0)',
    'const one = { process: 1 }.process',
    "import { commander } from './commander.ts'",
  ].join('\n')
  assert.deepEqual(violations(sourceFile('core/exit.ts', text)), [])
})
