import type { ErrorObject } from 'ajv'
import { printable } from './frame.ts'
import { didYouMean } from './nearest.ts'
import type { Problem } from './problem.ts'
import { pathOf, pathText, valueText } from './shown.ts'

type Said = Omit<Problem, 'where' | 'frame'>
type Schema = {
  readonly description?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly properties?: Readonly<Record<string, Schema>>
}

const kinds: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a mapping',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'nothing',
}

/** What one ajv error (verbose) says to a person: what was found, what is allowed, what was probably meant. Code without subject. */
export function sentenceFor(error: ErrorObject, isSecret: boolean): Said {
  const path = pathText(pathOf(error.instancePath))
  const schema = (error.parentSchema ?? {}) as Schema
  const found = isSecret ? 'a value that is not shown' : valueText(error.data)
  const is = error.data === null ? { what: `${path} has no value` } : { what: `${path} is ${found}`, found }
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(error, path)
    case 'propertyNames':
      return badName(error, path)
    case 'required':
      return missing(error, path, schema)
    case 'type':
      return { code: 'type', ...is, ...wantedKind(schema, error.data, isSecret) }
    case 'enum':
    case 'const':
      return { code: 'not-allowed', ...is, ...oneOf(schema, error.data) }
    case 'anyOf':
      return { code: 'not-allowed', ...is, ...allowed(schema.description) }
    case 'pattern':
      return { code: 'pattern', ...is, ...allowed(schema.description) }
    case 'minimum':
    case 'maximum':
      return { code: 'range', ...is, ...allowed(range(schema)) }
    case 'minLength':
    case 'minItems':
      return { code: 'empty', what: `${path} is empty`, ...allowed(schema.description) }
    case 'minProperties':
    case 'maxProperties':
      return exactlyOne(error, path, schema)
    case 'uniqueItems':
      return repeatedItem(error, path)
    default:
      return { code: error.keyword, what: `${path} ${error.message ?? 'is not allowed'}`, found }
  }
}

function unknownKey(error: ErrorObject, path: string): Said {
  const key = param(error, 'additionalProperty')
  // `$schema` is for editors.
  const allowed = allowedKeys(error).filter((one) => !one.startsWith('$'))
  return otherName(key, path, allowed)
}

function badName(error: ErrorObject, path: string): Said {
  const rule = error.parentSchema as { readonly propertyNames?: Schema } | undefined
  const names = rule?.propertyNames?.enum
  if (names !== undefined) return otherName(param(error, 'propertyName'), path, names.map(String))
  const found = valueText(param(error, 'propertyName'))
  const expected = 'lower case letters, digits and dashes, at most 63, no dash first or last'
  return { code: 'name', what: `${path} has an entry with the name ${found}`, found, expected }
}

function otherName(key: string, path: string, allowed: readonly string[]): Said {
  const found = valueText(key)
  const what = `${path} has the unknown key ${found}`
  return {
    code: 'unknown-key',
    what,
    found,
    expected: allowed.join(', '),
    ...fixed(didYouMean(key, allowed)),
  }
}

function missing(error: ErrorObject, path: string, schema: Schema): Said {
  const key = param(error, 'missingProperty')
  const wanted = schema.properties?.[key] ?? {}
  const words = wanted.enum === undefined ? '' : ` (${wanted.enum.join(', ')})`
  const fix = `Add "${key}:"${wanted.description === undefined ? '' : `: ${wanted.description}${words}`}.`
  return { code: 'missing', what: `${path} lacks the key "${key}"`, fix: fix.replace(/\.\.$/, '.') }
}

function wantedKind(schema: Schema, data: unknown, isSecret: boolean): Pick<Said, 'expected' | 'fix'> {
  const kind = kinds[schema.type ?? ''] ?? schema.type ?? 'another kind'
  const expected = schema.description === undefined ? kind : `${kind}: ${schema.description}`
  const isPlain = typeof data === 'string' || typeof data === 'number' || typeof data === 'boolean'
  if (isSecret || !isPlain) return { expected }
  if (schema.type === 'array') return { expected, fix: `Write a list: [${printable(String(data))}]` }
  const fits = schema.pattern === undefined || new RegExp(schema.pattern).test(String(data))
  if (schema.type === 'string' && fits) return { expected, fix: `Write it in quotes: "${String(data)}"` }
  const isQuoted = schema.type === 'integer' && typeof data === 'string' && /^\d{1,9}$/.test(data)
  return isQuoted ? { expected, fix: `Write it without quotes: ${data}` } : { expected }
}

function oneOf(schema: Schema, data: unknown): Pick<Said, 'expected' | 'fix'> {
  const values = (schema.enum ?? [schema.const]).map(String)
  const meant = typeof data === 'string' ? didYouMean(data, values) : undefined
  return { expected: values.join(', '), ...fixed(meant) }
}

function exactlyOne(error: ErrorObject, path: string, schema: Schema): Said {
  const keys = Object.keys(error.data ?? {})
  const allowedNow = allowedKeys(error).join(', ')
  const what = keys.length === 0 ? `${path} is empty` : `${path} has ${keys.length} keys: ${keys.join(', ')}`
  const isOne = schema.minProperties === 1 && schema.maxProperties === 1
  return isOne
    ? { code: 'exactly-one', what, expected: `exactly one of ${allowedNow}` }
    : { code: 'range', what, ...allowed(schema.description) }
}

function repeatedItem(error: ErrorObject, path: string): Said {
  const { i, j } = error.params as { readonly i: number; readonly j: number }
  const found = valueText((error.data as readonly unknown[])[i])
  return {
    code: 'twice',
    what: `${path} names ${found} in places ${Math.min(i, j) + 1} and ${Math.max(i, j) + 1}`,
    found,
  }
}

function range({ minimum, maximum }: Schema): string {
  if (maximum === undefined) return `${minimum ?? 0} or more`
  return minimum === undefined ? `${maximum} or less` : `from ${minimum} to ${maximum}`
}

function allowed(expected: string | undefined): Pick<Said, 'expected'> {
  return expected === undefined ? {} : { expected }
}

function fixed(fix: string | undefined): Pick<Said, 'fix'> {
  return fix === undefined ? {} : { fix }
}

/** The keys that the object of an error allows; none where the keys are the reader's own names. */
export function allowedKeys(error: ErrorObject): readonly string[] {
  const schema = error.parentSchema as { readonly properties?: Readonly<Record<string, unknown>> } | undefined
  return Object.keys(schema?.properties ?? {})
}

/** A parameter of an ajv error that is text. */
export function param(error: ErrorObject, name: string): string {
  return String((error.params as Readonly<Record<string, unknown>>)[name])
}
