import assert from 'node:assert/strict'
import test from 'node:test'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { withDefinitions } from '../../schemas/definitions.ts'
import { registry } from '../../schemas/registry.ts'

const long = {
  type: 'string',
  minLength: 1,
  description: 'Something that takes many words to say, and says it all the same',
}
const object = (properties: object) => ({ type: 'object', properties, additionalProperties: false })

test('a part that stands twice stands once, by the names of the keys where it came first', () => {
  const schema = object({
    host: object({ user: long }),
    jump: object({ user: long, port: { type: 'integer' } }),
  })
  assert.deepEqual(withDefinitions(schema), {
    ...object({
      host: object({ user: { $ref: '#/definitions/hostUser' } }),
      jump: object({ user: { $ref: '#/definitions/hostUser' }, port: { type: 'integer' } }),
    }),
    definitions: { hostUser: long },
  })
})

test('a repeated part with repeated parts in it is taken out whole, and its parts where they stand elsewhere too', () => {
  const pair = object({ first: long })
  const schema = object({ a: pair, b: pair, c: { type: 'array', items: long } })
  assert.deepEqual((withDefinitions(schema) as { definitions: object }).definitions, {
    a: object({ first: { $ref: '#/definitions/aFirst' } }),
    aFirst: long,
  })
})

test('what is short, beneath a choice or a rule for names, or the item of a set, stays where it stands', () => {
  const schema = {
    ...object({
      a: { anyOf: [long, { type: 'number' }] },
      b: { anyOf: [long, { type: 'null' }] },
      c: { type: 'null' },
    }),
    propertyNames: long,
  }
  assert.deepEqual(withDefinitions(schema), schema)
})

for (const [name, schema] of Object.entries(registry)) {
  test(`${name}: the shortened schema takes and refuses what the whole one does`, () => {
    const options = { allErrors: true, strict: true } as const
    const whole = new Ajv(options).compile(JSON.parse(JSON.stringify(schema)) as object)
    const short = new Ajv({ ...options, inlineRefs: false }).compile(withDefinitions(schema))
    const seen = (check: typeof whole, value: unknown) => {
      check(value)
      return (check.errors ?? []).map(({ instancePath, keyword, params }) => ({
        instancePath,
        keyword,
        params,
      }))
    }
    fc.assert(
      fc.property(valueNear(schema), (value) => assert.deepEqual(seen(short, value), seen(whole, value))),
      { numRuns: 200 },
    )
  })
}

/** Values with the keys of a schema, some of them right. */
function valueNear(schema: unknown, depth = 0): fc.Arbitrary<unknown> {
  const { properties, patternProperties, items } = schema as Readonly<Record<string, object | undefined>>
  const scalar = fc.oneof(fc.constantFrom('name', '1h', '08:00', 1, -1, true, null, [], {}), fc.string())
  if (depth > 6) return scalar
  const some: fc.Arbitrary<unknown>[] = [scalar]
  if (items !== undefined) some.push(fc.array(valueNear(items, depth + 1), { maxLength: 2 }))
  const entries = [
    ...Object.entries(properties ?? {}),
    ...Object.values(patternProperties ?? {}).map((of) => ['name', of] as const),
  ]
  if (entries.length > 0) {
    const all = Object.fromEntries(entries.map(([key, of]) => [key, valueNear(of, depth + 1)]))
    some.push(fc.record(all, { requiredKeys: [] }))
  }
  return fc.oneof(...some.map((arbitrary, index) => ({ arbitrary, weight: index === 0 ? 1 : 5 })))
}
