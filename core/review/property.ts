import { isList, isMap, type Properties, type Value } from './value.ts'

/** The value at a path of keys (`rule.defaultRetention.days`); what is not known stands for all beneath it. */
export function at(properties: Properties | undefined, path: string): Value | undefined {
  let value: Value | undefined = properties
  for (const key of path.split('.')) {
    if (!isMap(value)) return value === properties ? undefined : beneath(value)
    value = value.get(key)
  }
  return value ?? undefined
}

function beneath(value: Value | undefined): Value | undefined {
  return typeof value === 'object' && value !== null && !isList(value) ? value : undefined
}

/** A number, also one that is written as text; undefined when it is anything else. */
export function numberOf(value: Value | undefined): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?[0-9]{1,15}(\.[0-9]{1,9})?$/.test(value) ? Number(value) : undefined
}

/** A text that is not empty; undefined when it is anything else. */
export function textOf(value: Value | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** true or false, also as text; undefined when it is anything else. */
export function booleanOf(value: Value | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value
  return value === 'true' ? true : value === 'false' ? false : undefined
}

/** The texts of a list, or the one text that stands for a list of one. */
export function textsOf(value: Value | undefined): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  return isList(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The objects of a list. */
export function mapsOf(value: Value | undefined): readonly Properties[] {
  return isList(value) ? value.filter(isMap) : []
}
