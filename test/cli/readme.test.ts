import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { withExitCodes } from '../../docs/exit-code-table.ts'
import { commandLine } from '../../playbooks/command-line.ts'
import { readEstate } from '../../core/estate/read.ts'
import { blocksOf, readmeCommands } from './readme.ts'
import { directory, recorded, upkeep } from './upkeep.ts'

const root = join(import.meta.dirname, '../..')
const pages = ['README.md', 'CONTRIBUTING.md', 'docs/host-setup.md', 'docs/clean-up.md']
const scripts = Object.keys(
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts,
)

/** Words of a command line of `upkeep`, texts in double quotes as one. */
function upkeepWords(line: string): readonly string[] | undefined {
  const said = /^npx upkeep ?(.*)$/.exec(line)?.[1]
  return said === undefined
    ? undefined
    : [...said.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

test('the README names the two commands that a newcomer types', () => {
  const lab = readmeCommands().filter(({ needs }) => needs === 'lab')
  assert.deepEqual(
    lab.map(({ line }) => line),
    ['npm ci && npm run demo', 'npm ci && npm test'],
  )
})

test('the commands of the README that need no lab do what it says, in its order', (context) => {
  const cwd = directory(context)
  const lines = readmeCommands().filter(({ needs }) => needs === 'here')
  assert.ok(lines.length >= 5)
  for (const { line } of lines) {
    const words = upkeepWords(line)
    assert.ok(words !== undefined, `not a command of upkeep: ${line}`)
    const { code, err } = upkeep(words, { cwd })
    assert.equal(code, 0, `${line}\n${err}`)
  }
})

for (const page of pages) {
  test(`every command of upkeep in ${page} is one that there is, with options that it has`, async () => {
    for (const { line } of readmeCommands(page)) {
      const words = upkeepWords(line)
      if (words === undefined) continue
      const { outside, err } = recorded()
      assert.equal(await commandLine(outside, [...words, '--help']), 0, `${line}\n${err()}`)
    }
  })

  test(`every npm script in ${page} is one that there is`, () => {
    const text = readFileSync(join(root, page), 'utf8')
    const named = [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name ?? '')
    assert.deepEqual(
      named.filter((name) => !scripts.includes(name)),
      [],
    )
  })

  test(`every link in ${page} leads somewhere`, () => {
    const text = readFileSync(join(root, page), 'utf8')
    const links = [...text.matchAll(/\]\(([^)#]+)(?:#([^)]+))?\)/g)]
    for (const [, to = '', heading] of links) {
      if (to.startsWith('https://')) continue
      const path = join(root, dirname(page), to)
      assert.ok(existsSync(path), to)
      if (heading === undefined) continue
      const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title.toLowerCase().replaceAll(' ', '-'),
      )
      assert.ok(headings.includes(heading), `${to}#${heading}`)
    }
  })
}

test('the estate of the README is good, without a warning', (context) => {
  const [block] = blocksOf('README.md').filter(({ info }) => info[0] === 'yaml')
  const path = join(directory(context), 'estate.yaml')
  writeFileSync(path, block?.text ?? '')
  const read = readEstate(path, block?.text ?? '')
  assert.ok(read.ok, JSON.stringify(read))
  assert.deepEqual(read.value.warnings, [])
})

test('the connection of the host guide fits into that estate', () => {
  const [estate] = blocksOf('README.md').filter(({ info }) => info[0] === 'yaml')
  const [fragment] = blocksOf('docs/host-setup.md').filter(({ info }) => info[1] === 'fragment')
  const text = (estate?.text ?? '').replace(/^connection:\n(?: .*\n)+/m, `${fragment?.text}\n`)
  assert.ok(fragment !== undefined && readEstate('estate.yaml', text).ok)
})

test('the heads of the host guide fit into that estate, without a warning', () => {
  const [estate] = blocksOf('README.md').filter(({ info }) => info[0] === 'yaml')
  const [, heads] = blocksOf('docs/host-setup.md').filter(({ info }) => info[1] === 'fragment')
  const read = readEstate('estate.yaml', `${estate?.text}\n${heads?.text}`)
  assert.ok(read.ok, JSON.stringify(read))
  assert.deepEqual(read.value.warnings, [])
  assert.deepEqual(
    read.value.estate.heads?.to.map(({ name }) => name),
    ['archive', 'auditors'],
  )
})

test('the table of exit codes in the README is that of the sources; npm run docs writes it', () => {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  assert.equal(text, withExitCodes(text))
  assert.ok(text.includes('| 22 | stuck |'))
})

test('a drift of that table is found', () => {
  const text = readFileSync(join(root, 'README.md'), 'utf8').replace('| 22 | stuck |', '| 23 | stuck |')
  assert.notEqual(text, withExitCodes(text))
  assert.throws(() => withExitCodes('no marks'))
})

test('why each dependency is there, is written down', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: object
    devDependencies: object
  }
  const text = readFileSync(join(root, 'docs/decisions/dependencies.md'), 'utf8')
  const names = [...Object.keys(dependencies), ...Object.keys(devDependencies)]
  assert.deepEqual(
    names.filter((name) => !text.includes(`**${name}**`)),
    [],
  )
})

test('the license is all of Apache 2.0', () => {
  const text = readFileSync(join(root, 'LICENSE'), 'utf8')
  for (const part of ['Apache License', '9. Accepting Warranty', 'END OF TERMS', 'APPENDIX']) {
    assert.ok(text.includes(part), part)
  }
  assert.equal(text.split('\n').length, 203)
})
