/** A value of a property as the engine sends it. */
export type Value =
  null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value | undefined }

/** Properties of a resource by name. */
export type Properties = Readonly<Record<string, Value>>

// Pulumi's marks in a value on the wire (@pulumi/pulumi, runtime/rpc.js).
const unknownMark = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'
const signature = '4dabf18193072939515e22adb298388d'
const secretMark = '1b47061264138c4ac30d75fd1eb44270'

/** What is known only once the resource is there: so it stands in a preview. */
export const unknown: Value = unknownMark

/** A value that the engine keeps as ciphertext. */
export function secret(value: Value): Value {
  return { [signature]: secretMark, value }
}

/** Whether a value holds anything that is not known yet. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === unknownMark) return true
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(hasUnknown)
}

/** Whether two values are the same; an absent one is the same as null, and two policies that say the same are. */
export function same(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a) === canonical(b)
}

function canonical(value: Value | undefined): string {
  return JSON.stringify(sorted(parsed(value)))
}

// A policy is JSON in a text: AWS gives it back with other spaces and another order of keys.
function parsed(value: Value | undefined): Value {
  if (typeof value !== 'string' || !value.startsWith('{')) return value ?? null
  try {
    return JSON.parse(value) as Value
  } catch {
    return value
  }
}

function sorted(value: Value | undefined): Value {
  if (isList(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value ?? null
  const entries = Object.entries(value).filter(([, one]) => one !== undefined && one !== null)
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]),
  )
}

/** Whether a value is a list. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

/** The object that a property is, empty where it is none. */
export function objectOf(value: Value | undefined): Properties {
  if (typeof value !== 'object' || value === null || isList(value)) return {}
  return value as Properties
}

/** The text that a property is; undefined where it is none. */
export function textOf(value: Value | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A value as one would write it: a text as it is, anything else as JSON. */
export function written(value: Value | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '')
}
