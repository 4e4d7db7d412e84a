import type { Estate } from '../../schemas/estate.ts'
import type { Secret } from '../../schemas/words.ts'
import type { ResolvedContact, ResolvedSecret, ResolvedWindow } from './resolved.ts'

/** Makes paths of the estate absolute: from the directory of its file; `~/` is the home of who runs Upkeep. */
export type Absolute = (path: string) => string

/** What resolving the parts of an estate needs of the whole. */
export type Surroundings = {
  readonly estate: Estate
  readonly absolute: Absolute
  readonly contacts: Readonly<Record<string, ResolvedContact>>
  readonly windows: Readonly<Record<string, ResolvedWindow>>
}

/** A secret by reference, its path absolute. */
export function resolvedSecret(secret: Secret, absolute: Absolute): ResolvedSecret {
  if (secret.file !== undefined) return { kind: 'file', path: absolute(secret.file) }
  if (secret.env !== undefined) return { kind: 'env', variable: secret.env }
  if (secret.command !== undefined) return { kind: 'command', command: secret.command }
  throw new Error('a secret was not checked')
}

/** A record with each value made anew. */
export function mapped<T, U>(
  record: Readonly<Record<string, T>>,
  make: (value: T, name: string) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value, name)]))
}

/** The entry of a name that was checked to be there; throws otherwise. */
export function entryOf<T>(record: Readonly<Record<string, T>>, name: string): T {
  const entry = Object.hasOwn(record, name) ? record[name] : undefined
  if (entry === undefined) throw new Error(`"${name}" was not checked`)
  return entry
}
