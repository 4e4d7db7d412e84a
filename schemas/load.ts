import { createHash } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import type { Estate } from './estate.ts'
import { mistakes } from './mistakes.ts'
import { inFileOrder } from './placed.ts'
import { ok, type Result } from './problem.ts'
import { mostParts, parseSource, type Path, type Source } from './source.ts'
import { published, validatorOf } from './validator.ts'

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

/** Reads an estate file; problems `estate/...`: all mistakes of shape at once, in file order, each with place and excerpt. */
export function loadEstate(path: string, text: string): Result<LoadedEstate> {
  const loaded = loadAs<Estate>('estate', published('estate'), path, text, mostParts)
  if (!loaded.ok) return loaded
  const { value, ...rest } = loaded.value
  return ok({ estate: value, ...rest, where: (to) => rest.spot(to).where })
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

/** Whether a value that was read elsewhere (for example a fact from a host) agrees with a schema. */
export function conforms<T extends TSchema>(schema: T, value: unknown): value is Static<T> {
  return validatorOf(schema)(value)
}
