import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { keptValidator } from '../../schemas/validator.ts'

const root = join(import.meta.dirname, '../..')

function directory(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'upkeep-validator-'))
  context.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A schema that only this value agrees with. */
function only(value: number) {
  return { name: 'one', text: JSON.stringify({ type: 'number', const: value }) }
}

test('what is kept says of a file what ajv says: every mistake, with all that is told of it', (context) => {
  const dir = directory(context)
  const text = readFileSync(join(root, 'schemas/estate.schema.json'), 'utf8')
  const schema = JSON.parse(text) as object
  const fresh = new Ajv({ allErrors: true, verbose: true, strict: true, inlineRefs: false }).compile(schema)
  const good = readFileSync(join(root, 'playbooks/init-estate.yaml'), 'utf8')
  const bad = good
    .replace('version: 1', 'version: 2')
    .replaceAll('ring: test', 'rung: test')
    .replaceAll('address:', 'adress:')
    .replaceAll(/says: .*/g, 'says: [1]')
  for (const [what, estate] of [
    ['good', parse(good)],
    ['bad', parse(bad)],
  ] as const) {
    // Made at the first, taken from the file at the second.
    for (const kept of [
      keptValidator({ name: 'estate', text }, dir),
      keptValidator({ name: 'estate', text }, dir),
    ]) {
      assert.equal(kept(estate), fresh(estate), what)
      assert.deepEqual(kept.errors, fresh.errors)
    }
    assert.equal((fresh.errors ?? []).length > 10, what === 'bad')
  }
  assert.deepEqual(readdirSync(dir), ['estate.validator.js'])
})

test('what is kept is used without the compiler of schemas', (context) => {
  const dir = directory(context)
  const module = pathToFileURL(join(root, 'schemas/validator.ts')).href
  const program = `import { keptValidator } from ${JSON.stringify(module)}
    import { createRequire } from 'node:module'
    console.log(keptValidator(${JSON.stringify(only(1))}, ${JSON.stringify(dir)})(1))
    console.log(Object.keys(createRequire(${JSON.stringify(module)}).cache).some((path) => path.endsWith('/ajv.js')))`
  const said = () => spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  assert.equal(said().stdout, 'true\ntrue\n')
  assert.equal(said().stdout, 'true\nfalse\n')
})

test('a schema that has changed since is compiled anew, and that is kept in its place', (context) => {
  const dir = directory(context)
  assert.equal(keptValidator(only(1), dir)(1), true)
  assert.equal(keptValidator(only(2), dir)(1), false)
  assert.equal(keptValidator(only(2), dir)(2), true)
  assert.equal(readdirSync(dir).length, 1)
})

test('what is kept and is not whole any more is not run', (context) => {
  const dir = directory(context)
  const file = join(dir, 'one.validator.js')
  keptValidator(only(1), dir)
  const whole = readFileSync(file, 'utf8')
  const wrong = [
    '',
    whole.slice(0, -20),
    whole.replace(/\n[\s\S]*/, ''),
    `${whole}\nmodule.exports = () => true`,
    whole.replace(/\n[\s\S]*/, '\nmodule.exports = () => true'),
    'module.exports = () => true',
  ]
  for (const text of wrong) {
    writeFileSync(file, text)
    assert.equal(keptValidator(only(1), dir)(2), false, text.slice(0, 200))
    assert.equal(readFileSync(file, 'utf8'), whole)
  }
})

test('where nothing can be kept, the schema is compiled at each start', (context) => {
  const dir = directory(context)
  writeFileSync(join(dir, 'file'), '')
  mkdirSync(join(dir, 'taken/one.validator.js'), { recursive: true })
  for (const place of ['file', 'file/beneath', 'taken']) {
    const validator = keptValidator(only(1), join(dir, place))
    assert.deepEqual([validator(1), validator(2)], [true, false], place)
  }
  assert.deepEqual(readdirSync(join(dir, 'taken')), ['one.validator.js'])
})
