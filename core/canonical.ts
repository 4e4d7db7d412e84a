/**
 * Canonical JSON by RFC 8785: keys in UTF-16 order, no white space, ECMAScript numbers; equal values give equal text.
 * Keys that are undefined are left out; what JSON cannot say (NaN, dates, functions, lone surrogates, cycles) throws.
 */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return canonicalText(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`)
      return JSON.stringify(value)
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? `[${value.map(canonical).join(',')}]` : canonicalObject(value)
    default:
      throw new TypeError(`${typeof value} has no JSON form`)
  }
}

function canonicalText(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a lone surrogate has no canonical JSON form')
  return JSON.stringify(text)
}

function canonicalObject(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError('only plain objects have a canonical JSON form')
  }
  const record = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const key of Object.keys(record).sort()) {
    const member = record[key]
    if (member === undefined) continue
    text += `${text === '' ? '' : ','}${canonicalText(key)}:${canonical(member)}`
  }
  return `{${text}}`
}
