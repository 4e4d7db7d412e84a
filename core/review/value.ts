import { printable } from '../../schemas/frame.ts'
import { redactor } from '../journal/redact.ts'

/**
 * What the engine does not know yet, does not show, or writes in a way that is not read here. Each is one value, told
 * apart by identity: nothing that stands in a file can pass for it.
 */
export type Hidden = { readonly hidden: 'unknown' | 'secret' | 'opaque' }
const unknown: Hidden = { hidden: 'unknown' }
const secret: Hidden = { hidden: 'secret' }
const opaque: Hidden = { hidden: 'opaque' }

/** A property of a resource; objects are maps, so that no key of theirs means anything here. */
export type Value = null | boolean | number | string | Hidden | readonly Value[] | ReadonlyMap<string, Value>
export type Properties = ReadonlyMap<string, Value>

// Pulumi, sdk/go/common/resource/plugin/rpc.go: a value of each kind that is not known during a preview.
const unknowns = [
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421',
  '04da6b54-80e4-46f7-96ec-b56ff0331ba9',
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
  '030794c1-ac77-496b-92df-f27374a8bd58',
  'e48ece36-62e2-4504-bad9-02848725956a',
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
]
// Pulumi, sdk/go/common/resource/sig: the key of an object that stands for something else, and what marks a secret.
const signatureKey = '4dabf18193072939515e22adb298388d'
const secretSignature = '1b47061264138c4ac30d75fd1eb44270'
/** What a preview prints in the place of a secret. */
const secretText = '[secret]'
const mostDepth = 40

/** Reads what JSON gave; what is nested deeper than 40 levels, or bears a signature that is no secret's, is opaque. */
export function readValue(json: unknown, depth = 0): Value {
  if (json === null || typeof json === 'boolean') return json
  if (typeof json === 'number') return Number.isFinite(json) ? json : opaque
  if (typeof json === 'string') return readText(json)
  if (typeof json !== 'object' || depth > mostDepth) return opaque
  if (Array.isArray(json)) return json.map((item) => readValue(item, depth + 1))
  if (Object.hasOwn(json, signatureKey)) {
    return (json as Readonly<Record<string, unknown>>)[signatureKey] === secretSignature ? secret : opaque
  }
  return readProperties(json, depth)
}

/** Which properties the bridge to providers filled in; in every object, and none of it (pulumi-terraform-bridge). */
const bookkeeping = '__defaults'

/** Reads an object of JSON. */
export function readProperties(json: object, depth = 0): Properties {
  const own = Object.entries(json).filter(([key]) => key !== bookkeeping)
  return new Map(own.map(([key, item]) => [key.toWellFormed(), readValue(item, depth + 1)]))
}

function readText(text: string): Value {
  if (text === secretText) return secret
  return unknowns.some((one) => text.includes(one)) ? unknown : text.toWellFormed()
}

/** Whether a value is an object. */
export function isMap(value: Value | undefined): value is Properties {
  return value instanceof Map
}

/** Whether a value is a list. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

/** Whether the value itself is one that is not to be had. */
export function isHidden(value: Value | undefined): value is Hidden {
  return value === unknown || value === secret || value === opaque
}

/** What is not to be had of a value, itself or anywhere in it. */
export function hiddenIn(value: Value | undefined): ReadonlySet<Hidden['hidden']> {
  const found = new Set<Hidden['hidden']>()
  function look(part: Value | undefined): void {
    if (isHidden(part)) found.add(part.hidden)
    else if (isList(part)) part.forEach(look)
    else if (isMap(part)) for (const item of part.values()) look(item)
  }
  look(value)
  return found
}

/** A text that is the same for equal values and for no others; keys in order. */
export function keyOf(value: Value): string {
  if (isHidden(value)) return `?${value.hidden}`
  if (isList(value)) return `[${value.map(keyOf).join(',')}]`
  if (!isMap(value)) return JSON.stringify(value)
  const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${keyOf(item)}`).join(',')}}`
}

/** The same, but that what is empty, or null, counts as not written: providers write out what nobody asked for. */
export function bareKey(value: Value | undefined): string {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return ''
  if (isList(value)) {
    const items = value.map(bareKey)
    return items.every((item) => item === '') ? '' : `[${items.join(',')}]`
  }
  if (!isMap(value)) return keyOf(value)
  const entries = [...value]
    .map(([key, item]) => [key, bareKey(item)] as const)
    .filter(([, item]) => item !== '')
  const texts = entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${item}`)
  return texts.length === 0 ? '' : `{${texts.join(',')}}`
}

const mostRead = 20_000
const mostShown = 300
const shapes = redactor([])
const said: Readonly<Record<Hidden['hidden'], string>> = {
  unknown: '[not known yet]',
  secret: '[secret]',
  opaque: '[not readable]',
}

/** A value for people: JSON on one line, at most 300 characters, nothing in it that is hidden or has the shape of a secret. */
export function valueText(value: Value | undefined): string {
  return value === undefined || value === null ? 'not set' : shortText(jsonOf(value))
}

/** Text of others in one line, harmless for a terminal, at most 300 characters. */
export function shortText(text: string): string {
  const clean = printable(shapes.redact(text.slice(0, mostRead)))
  return clean.length <= mostShown ? clean : `${clean.slice(0, mostShown - 1).toWellFormed()}…`
}

/** A name of others for people, in quotes. */
export function nameText(name: string): string {
  return shortText(JSON.stringify(name.toWellFormed()))
}

function jsonOf(value: Value): string {
  if (isHidden(value)) return said[value.hidden]
  if (isList(value)) return `[${value.map(jsonOf).join(', ')}]`
  if (!isMap(value)) return JSON.stringify(value)
  const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${jsonOf(item)}`).join(', ')}}`
}
