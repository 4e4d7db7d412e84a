import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml'
import { frameAt, type Hidden } from './frame.ts'
import { tooLarge } from './no-text.ts'
import type { Placed } from './placed.ts'
import { fail, ok, type Problem, type Result } from './problem.ts'
import { repeatedKeys } from './repeated-keys.ts'

/** A way into a document: keys and list positions. */
export type Path = readonly (string | number)[]

/** A place in a file: "file:line:column", the excerpt, and the offset that sorts places. */
export type Spot = { readonly where: string; readonly frame: string; readonly offset: number }

/** A parsed file that still knows where everything stands; `spot` gives the key or the value at a path, or the nearest parent. */
export type Source = {
  readonly file: string
  readonly value: unknown
  readonly repeated: readonly Placed[]
  readonly spot: (path: Path, of?: 'key' | 'value', hidden?: Hidden) => Spot
}

/** 2 MiB; an estate of 5,000 hosts is about 1 MiB. */
export const mostBytes = 2 * 1024 * 1024
/** Line breaks, commas and opening brackets; the time and memory of reading grow with them. 5,000 hosts have about 30,000. */
export const mostParts = 60_000
const mostAliases = 100

/**
 * Reads YAML or JSON; problems, named `subject/...`: too large, more than `most` parts, not YAML, too many aliases. A key that stands twice does
 * not end the reading: it is in `repeated`.
 */
export function parseSource(
  subject: string,
  file: string,
  text: string,
  most = Number.POSITIVE_INFINITY,
): Result<Source> {
  const bytes = Buffer.byteLength(text)
  if (bytes > mostBytes) return fail(tooLarge(subject, file, bytes, mostBytes))
  const parts = partsOf(text)
  if (parts > most) return fail(tooManyParts(subject, file, parts, most))
  const lineCounter = new LineCounter()
  const document = parsed(text, lineCounter)
  if (document === undefined) return fail(tooDeep(subject, file))
  const spotAt = (start: number, end: number, hidden?: Hidden): Spot => {
    const { line, col } = lineCounter.linePos(Math.min(start, text.length))
    return { where: `${file}:${line}:${col}`, frame: frameAt(text, start, end, hidden), offset: start }
  }
  const first = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])[0]
  if (first !== undefined) {
    if (/call stack|stack overflow/i.test(first.message)) return fail(tooDeep(subject, file))
    const { where, frame } = spotAt(first.pos[0], first.pos[1])
    const fix = 'Mend this first: what follows can be judged only then.'
    return fail({
      code: `${subject}/yaml`,
      what: sentences[first.code] ?? sentence(first.message),
      where,
      frame,
      fix,
    })
  }
  const value = converted(document)
  if (value === undefined) return fail(tooManyAliases(subject, file))
  const pairOf = pairIndex()
  const spot: Source['spot'] = (path, of = 'value', hidden) => {
    const [start, end] = rangeAt(document, path, of, pairOf)
    return spotAt(start, end, hidden)
  }
  const repeated = repeatedKeys(document).map(({ name, first, again }): Placed => {
    const what = `The key ${JSON.stringify(name)} stands in line ${lineCounter.linePos(first).line} already`
    const { where, frame, offset } = spotAt(...again)
    return { offset, problem: () => ({ code: `${subject}/twice`, what, where, frame }) }
  })
  return ok({ file, value: value.value, repeated, spot })
}

function parsed(text: string, lineCounter: LineCounter): Document | undefined {
  try {
    // The library's own search for repeated keys is quadratic; `repeatedKeys` is not.
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      schema: 'core',
      stringKeys: true,
      uniqueKeys: false,
    })
  } catch (error) {
    if (error instanceof RangeError) return undefined // the stack is at its end: nested too deep
    throw error
  }
}

function converted(document: Document): { readonly value: unknown } | undefined {
  try {
    return { value: document.toJS({ maxAliasCount: mostAliases }) as unknown }
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) return undefined
    throw error
  }
}

type PairOf = (map: YAMLMap, key: string) => Pair | undefined

/** Looks pairs up by key; each map is indexed once, when first asked. */
function pairIndex(): PairOf {
  const indexes = new WeakMap<YAMLMap, Map<string, Pair>>()
  return (map, key) => {
    const known = indexes.get(map)
    if (known !== undefined) return known.get(key)
    // The last one wins where a key stands twice, as in the value.
    const index = new Map(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]))
    indexes.set(map, index)
    return index.get(key)
  }
}

function rangeAt(
  document: Document,
  path: Path,
  of: 'key' | 'value',
  pairOf: PairOf,
): readonly [number, number] {
  let key: readonly [number, number] = [0, 0]
  let node: unknown = document.contents
  for (const part of path) {
    const parent = isAlias(node) ? node.resolve(document) : node
    const pair = isMap(parent) ? pairOf(parent, String(part)) : undefined
    const child: unknown =
      pair !== undefined ? pair.value : isSeq(parent) ? parent.items[Number(part)] : undefined
    if (pair === undefined && child === undefined) return rangeOf(node, key, 'key')
    key = pair !== undefined ? rangeOf(pair.key, key, 'value') : rangeOf(child, key, 'value')
    node = child
  }
  return rangeOf(node, key, path.length === 0 ? 'value' : of)
}

function rangeOf(
  node: unknown,
  key: readonly [number, number],
  of: 'key' | 'value',
): readonly [number, number] {
  const range = isNode(node) ? (node as Node).range : undefined
  // A block of several lines, or nothing at all, is best shown by its key.
  const plain = isScalar(node) || isAlias(node) || (isCollection(node) && node.flow === true)
  if (of === 'key' && key[1] > 0) return key
  if (!range || (key[1] > 0 && (!plain || range[0] === range[1]))) return key
  return [range[0], range[1]]
}

// Where the library speaks to its caller and not to the writer of the file.
const sentences: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'The file holds more than one document: a second one begins here',
  NON_STRING_KEY: 'A key must be plain text',
  TAG_RESOLVE_FAILED: 'Tags (!name) are not allowed',
}

function sentence(text: string): string {
  return text
    .trim()
    .replace(/[.:]$/, '')
    .replace(/(['"])quote$/, 'quote $1')
    .replaceAll('\n', ' ')
}

function partsOf(text: string): number {
  let parts = 0
  for (let at = 0; at < text.length; at++) if ('\n,[{'.includes(text[at] ?? '')) parts += 1
  return parts
}

function tooManyParts(subject: string, file: string, parts: number, most: number): Problem {
  return {
    code: `${subject}/too-many-parts`,
    what: 'The file has more lines and entries than Upkeep reads',
    where: file,
    found: String(parts),
    expected: `at most ${most}`,
    fix: 'Split it into one file per site or department.',
  }
}

function tooDeep(subject: string, file: string): Problem {
  return { code: `${subject}/yaml`, what: 'The file is nested too deep to be read', where: file }
}

function tooManyAliases(subject: string, file: string): Problem {
  const what = 'The aliases (*name) of the file stand for too much, for themselves or for nothing'
  return { code: `${subject}/aliases`, what, where: file, expected: `at most ${mostAliases} aliases` }
}
