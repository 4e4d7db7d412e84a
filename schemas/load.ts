import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import type { Static, TSchema } from 'typebox'
import type { Estate } from './estate.ts'
import { mistakes } from './mistakes.ts'
import { inFileOrder } from './placed.ts'
import { ok, type Result } from './problem.ts'
import { mostParts, parseSource, type Path, type Source } from './source.ts'

/** A file that agrees with its schema; `digest` is the SHA-256 of the text in hex, `spot` tells where a path stands. */
export type Loaded<T> = {
  readonly value: T
  readonly path: string
  readonly text: string
  readonly digest: string
  readonly spot: Source['spot']
}

/** The estate as it was written, shape checked; `where` gives "file:line:column" of a path, `spot` the excerpt too. */
export type LoadedEstate = {
  readonly estate: Estate
  readonly path: string
  readonly text: string
  readonly digest: string
  readonly where: (path: Path) => string
  readonly spot: Source['spot']
}

const validators = new WeakMap<object, ValidateFunction>()
const schemas = new Map<string, object>()

/** Reads an estate file; problems `estate/...`: all mistakes of shape at once, in file order, each with place and excerpt. */
export function loadEstate(path: string, text: string): Result<LoadedEstate> {
  const loaded = loadAs<Estate>('estate', published('estate'), path, text, mostParts)
  if (!loaded.ok) return loaded
  const { value, ...rest } = loaded.value
  return ok({ estate: value, ...rest, where: (to) => rest.spot(to).where })
}

/** A schema as it is published beside the sources: the code that it is made from takes 0.1 s to load. */
export function published(name: 'estate' | 'patch-plan' | 'cleanup-plan' | 'lab-cloud'): object {
  const known = schemas.get(name)
  if (known !== undefined) return known
  const text = readFileSync(new URL(`${name}.schema.json`, import.meta.url), 'utf8')
  const schema = JSON.parse(text) as object
  schemas.set(name, schema)
  return schema
}

/** Reads a YAML or JSON text that must agree with the schema of T; problems are named `subject/...`. */
export function loadAs<T>(
  subject: string,
  schema: object,
  path: string,
  text: string,
  most?: number,
): Result<Loaded<T>> {
  const source = parseSource(subject, path, text, most)
  if (!source.ok) return source
  const { value, repeated, spot } = source.value
  const isValid = validatorOf(schema)
  const errors = isValid(value) ? [] : (isValid.errors ?? [])
  const problems = inFileOrder(subject, [...repeated, ...mistakes(subject, source.value, errors)])
  if (problems.length > 0) return { ok: false, problems }
  const digest = createHash('sha256').update(text).digest('hex')
  return ok({ value: value as T, path, text, digest, spot })
}

/** Compiles a schema when it is first asked for: 0.1 s that `--help` must not cost. */
function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema)
  if (known !== undefined) return known
  // A test checks the schemas themselves, and code that is used once needs no polish: 0.1 s of each start.
  const once = { validateSchema: false, meta: false, inlineRefs: false, code: { optimize: false } } as const
  const validator = new Ajv({ allErrors: true, verbose: true, strict: true, ...once }).compile(schema)
  validators.set(schema, validator)
  return validator
}

/** Whether a value that was read elsewhere (for example a fact from a host) agrees with a schema. */
export function conforms<T extends TSchema>(schema: T, value: unknown): value is Static<T> {
  return validatorOf(schema)(value)
}
