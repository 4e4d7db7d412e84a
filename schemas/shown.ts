import { printable, withoutPasswords } from './frame.ts'
import type { Path } from './source.ts'

/** A path as ajv writes it (`/hosts/0/ring`), as keys; a list position stays text. */
export function pathOf(instancePath: string): readonly string[] {
  const parts = instancePath.split('/').slice(1)
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** A path for people: `systems.erp.freezes[0].to`; the top is "The file". */
export function pathText(path: Path): string {
  if (path.length === 0) return 'The file'
  const text = path.map((part) => (/^\d+$/.test(String(part)) ? `[${part}]` : `.${part}`)).join('')
  return printable(text.replace(/^\./, ''))
}

/** A value for people: text in quotes, at most 60 characters; a list or mapping by its kind only. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value !== 'string') return JSON.stringify(value)
  const short = value.length > 60 ? `${value.slice(0, 59)}…` : value
  return printable(JSON.stringify(withoutPasswords(short)))
}
