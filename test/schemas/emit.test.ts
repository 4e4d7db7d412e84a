import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { Ajv } from 'ajv'
import { schemaText } from '../../schemas/emit.ts'
import { registry } from '../../schemas/registry.ts'

const directory = join(import.meta.dirname, '../../schemas')

for (const [name, schema] of Object.entries(registry)) {
  test(`${name}.schema.json is what the code says; npm run schemas writes it`, async () => {
    const committed = await readFile(join(directory, `${name}.schema.json`), 'utf8')
    assert.equal(committed, schemaText(name, schema))
  })

  test(`${name} is a draft-07 schema that ajv takes as it is`, () => {
    const parsed: unknown = JSON.parse(schemaText(name, schema))
    const ajv = new Ajv({ strict: true })
    assert.equal(ajv.validateSchema(parsed as object), true, ajv.errorsText())
    ajv.compile(parsed as object)
  })
}

test('no published schema is left over', async () => {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.schema.json'))
  assert.deepEqual(
    files.sort(),
    Object.keys(registry)
      .map((name) => `${name}.schema.json`)
      .sort(),
  )
})

test('every key of the estate says what it is, for the editor that completes it', () => {
  const silent: string[] = []
  const open: [string, unknown][] = [['', registry['estate']]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, value] = next
    if (typeof value !== 'object' || value === null) continue
    const { properties, description } = value as { properties?: object; description?: unknown }
    if (path !== '' && description === undefined) silent.push(path)
    for (const [key, child] of Object.entries(properties ?? {})) open.push([`${path}.${key}`, child])
    const { patternProperties } = value as { patternProperties?: object }
    for (const child of Object.values(patternProperties ?? {})) open.push([`${path}.*`, child])
  }
  assert.deepEqual(silent, [])
})
