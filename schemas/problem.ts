import type { Problem } from './problem-shape.ts'

// Every file says ok or fail; what describes the shape to ajv and editors is not loaded for that.
export type { Problem } from './problem-shape.ts'

/** Success or the problems that prevented it; both have the same shape for the reader. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] }

/** Wraps a value as success. */
export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

/** Wraps problems as failure. */
export function fail(...problems: readonly Problem[]): {
  readonly ok: false
  readonly problems: readonly Problem[]
} {
  return { ok: false, problems }
}
