import { stringify } from 'yaml'

/** How each file begins; what begins otherwise was not written by Upkeep. */
export const firstLine = '# Rendered by Upkeep from the estate file: a change here is taken back.'

// What the reader of the Prometheus programs (YAML 1.1, in Go) refuses even where it is quoted.
const unreadable =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffd-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** A value as a YAML file; the same bytes for the same value, and no text of it can end early or become something else. */
export function yamlText(value: unknown): string {
  const text = stringify(value, readable, {
    // Go reads 1.1, in which more words than `true` are no text.
    version: '1.1',
    lineWidth: 0,
    aliasDuplicateObjects: false,
    singleQuote: null,
  })
  return `${firstLine}\n${text}`
}

function readable(_: unknown, value: unknown): unknown {
  if (typeof value === 'string') return cleaned(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [cleaned(key), one as unknown]))
}

function cleaned(text: string): string {
  return text.replaceAll(unreadable, '_')
}
