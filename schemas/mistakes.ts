import type { ErrorObject } from 'ajv'
import { nearest } from './nearest.ts'
import type { Placed } from './placed.ts'
import type { Problem } from './problem.ts'
import type { Path, Source } from './source.ts'
import { allowedKeys, param, sentenceFor } from './sentence.ts'
import { pathOf } from './shown.ts'

/** One problem for each mistake that ajv (allErrors, verbose) found; an error that only echoes another one is left out. */
export function mistakes(subject: string, source: Source, errors: readonly ErrorObject[]): readonly Placed[] {
  const closedAt = unknownKeys(errors)
  const found = new Map<string, Placed>()
  for (const error of errors) {
    if (isEcho(error, closedAt)) continue
    const next = placed(subject, source, error)
    // A part that aliases bring to several places is wrong once only: where it is written.
    const same = `${next.offset} ${error.keyword} ${JSON.stringify(error.params)}`
    if (!found.has(same)) found.set(same, next)
  }
  return [...found.values()]
}

/** Allowed and unknown keys at each path (as ajv writes it) that has unknown ones. */
type UnknownKeys = ReadonlyMap<
  string,
  { readonly allowed: readonly string[]; readonly unknown: readonly string[] }
>

function unknownKeys(errors: readonly ErrorObject[]): UnknownKeys {
  const found = new Map<string, { allowed: readonly string[]; unknown: string[] }>()
  for (const error of errors) {
    if (error.keyword !== 'additionalProperties') continue
    const entry = found.get(error.instancePath) ?? { allowed: allowedKeys(error), unknown: [] }
    if (entry.unknown.length < 100) entry.unknown.push(param(error, 'additionalProperty'))
    found.set(error.instancePath, entry)
  }
  return found
}

function isEcho(error: ErrorObject, closedAt: UnknownKeys): boolean {
  // What stands beneath a choice or a rule for names says in pieces what that says as a whole.
  if (/\/(anyOf|propertyNames)\//.test(error.schemaPath)) return true
  const keys = closedAt.get(error.instancePath)
  if (keys === undefined) return false
  if (error.keyword === 'maxProperties') return true
  if (error.keyword !== 'required') return false
  const missing = param(error, 'missingProperty')
  return keys.unknown.some((key) => nearest(key, keys.allowed) === missing)
}

function placed(subject: string, source: Source, error: ErrorObject): Placed {
  const { path, of } = target(error)
  const isSecret = path.some((part) => /passw|secret|token/i.test(String(part)))
  const hidden = !isSecret ? 'nothing' : of === 'key' ? 'after-caret' : 'from-caret'
  const offset = source.spot(path, of).offset
  const problem = (): Problem => {
    const { where, frame } = source.spot(path, of, hidden)
    const said = sentenceFor(error, isSecret)
    return { ...said, code: `${subject}/${said.code}`, where, frame }
  }
  return { offset, problem }
}

/** What the caret stands under: the unknown key itself, the key of what lacks something, else the value. */
function target(error: ErrorObject): { readonly path: Path; readonly of: 'key' | 'value' } {
  const path = pathOf(error.instancePath)
  if (error.keyword === 'additionalProperties') {
    return { path: [...path, param(error, 'additionalProperty')], of: 'key' }
  }
  if (error.keyword === 'propertyNames') return { path: [...path, param(error, 'propertyName')], of: 'key' }
  if (error.keyword === 'required') return { path, of: 'key' }
  if (error.keyword !== 'uniqueItems') return { path, of: 'value' }
  const { i, j } = error.params as { readonly i: number; readonly j: number }
  return { path: [...path, Math.max(i, j)], of: 'value' }
}
