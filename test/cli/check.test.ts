import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import test from 'node:test'
import { exitCodes } from '../../core/exit.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import { commands } from '../../playbooks/commands.ts'
import { onlyDocument } from './document.ts'
import { directory, recorded, upkeep, withoutReader, zx } from './upkeep.ts'

const ofPlaybooks = commands.filter(({ name }) => !name.startsWith('lab '))

test('init writes an estate that check accepts, and says what to do next', (context) => {
  const cwd = directory(context)
  const written = upkeep(['init'], { cwd })
  assert.equal(written.code, 0, written.err)
  for (const next of ['upkeep check', 'upkeep doctor', 'upkeep patch plan']) {
    assert.ok(written.out.includes(next), written.out)
  }
  const checked = upkeep(['check'], { cwd })
  assert.deepEqual([checked.code, checked.err], [0, ''])
  assert.match(checked.out, /estate\.yaml is good: 2 systems, 10 hosts/)
})

test('init leaves a file that is there as it is', (context) => {
  const cwd = directory(context)
  writeFileSync(join(cwd, 'estate.yaml'), 'mine\n')
  const { code, out, err } = upkeep(['init'], { cwd })
  assert.equal(code, exitCodes.input.code)
  assert.equal(out, '')
  assert.match(err, /^estate\.yaml {2}input\/exists\n/)
  assert.equal(readFileSync(join(cwd, 'estate.yaml'), 'utf8'), 'mine\n')
})

test('init makes the directory, and tells the editor where the schema lies', (context) => {
  const cwd = directory(context)
  const { code } = upkeep(['init', '--estate', 'company/estate.yaml'], { cwd })
  assert.equal(code, 0)
  const path = join(cwd, 'company/estate.yaml')
  const [, named = ''] = /^# yaml-language-server: \$schema=(.+)\n/.exec(readFileSync(path, 'utf8')) ?? []
  const schema = named.startsWith('file:') ? new URL(named) : resolve(dirname(path), named)
  assert.ok(existsSync(schema), named)
})

test('init says so when it can not write', (context) => {
  const cwd = directory(context)
  writeFileSync(join(cwd, 'file'), '')
  const { code, err } = upkeep(['init', '--estate', 'file/estate.yaml'], { cwd })
  assert.equal(code, exitCodes.input.code)
  assert.match(err, /input\/not-written/)
})

test('init --json and check --json give one document each', (context) => {
  const cwd = directory(context)
  assert.equal(onlyDocument(upkeep(['init', '--json'], { cwd }).out)['messageType'], 'init')
  const checked = upkeep(['check', '--json'], { cwd })
  assert.equal(checked.err, '')
  assert.deepEqual(onlyDocument(checked.out), {
    messageType: 'check',
    schemaVersion: 1,
    ok: true,
    systems: 2,
    hosts: 10,
    warnings: [],
  })
})

test('check --json of a bad estate gives all its problems as one document', (context) => {
  const cwd = directory(context)
  writeFileSync(join(cwd, 'estate.yaml'), 'version: 2\nnam: x\n')
  const { code, out, err } = upkeep(['check', '--json'], { cwd })
  assert.equal(code, exitCodes.input.code)
  assert.equal(err, '')
  const document = onlyDocument(out)
  assert.equal(document['messageType'], 'problems')
  assert.equal(document['exit'], 'input')
  assert.ok((document['problems'] as unknown[]).length >= 2)
})

test('UPKEEP_ESTATE names the estate where no option does', (context) => {
  const cwd = directory(context, true)
  const { code, out } = upkeep(['check'], { env: { UPKEEP_ESTATE: join(cwd, 'estate.yaml') } })
  assert.equal(code, 0)
  assert.match(out, /is good/)
})

for (const { name, estate, options } of ofPlaybooks.filter((command) => command.estate)) {
  test(`upkeep ${name} without an estate file: one message, exit 3`, async () => {
    const { outside, out, err } = recorded()
    const needed = { reason: ['--reason', 'x'], stack: ['--stack', 'backup'] }
    const more = Object.entries(needed).flatMap(([option, words]) => (option in options ? words : []))
    const argv = [...name.split(' '), ...more]
    const code = await commandLine(outside, argv)
    assert.ok(estate)
    assert.equal(code, exitCodes.input.code, err())
    assert.equal(out(), '')
    assert.match(err(), /^estate\.yaml {2}estate\/not-found\nThere is no estate file here that can be read\./)
    assert.doesNotMatch(err(), /\n\n/)
  })
}

test('a reader that goes away does not end a verb with a fault', async (context) => {
  const cwd = directory(context, true)
  for (const argv of [['help'], ['check'], ['patch', 'status', '--help']]) {
    assert.deepEqual(await withoutReader(argv, cwd), { code: 0, out: '', err: '' })
  }
})

for (const verb of new Set(ofPlaybooks.map(({ name }) => name.split(' ')[0] ?? ''))) {
  test(`zx playbooks/${verb}.ts is the verb`, async () => {
    const [command] = ofPlaybooks.filter(({ name }) => name.startsWith(verb))
    const rest = command?.name.split(' ').slice(1) ?? []
    const { code, out, err } = zx([`playbooks/${verb}.ts`, ...rest, '--help'])
    assert.deepEqual([code, err], [0, ''])
    const operands = command?.operands === undefined ? '' : ` ${command.operands}`
    assert.ok(out.startsWith(`upkeep ${command?.name}${operands} [options]`), out)
  })
}

test('a playbook run as a zx script does its work, wherever it is run from', (context) => {
  const cwd = directory(context, true)
  const script = join(import.meta.dirname, '../../playbooks/check.ts')
  for (const o of [{}, { cwd }]) {
    const { code, out, err } = zx([script, '--estate', join(cwd, 'estate.yaml')], o)
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /is good/)
  }
  assert.equal(zx(['playbooks/check.ts', '--estate', 'nowhere.yaml']).code, exitCodes.input.code)
})
