import { type Document, isCollection, isMap, isPair, isScalar } from 'yaml'

/** A key that stands again in its mapping: offset of the first, start and end of the other. */
export type RepeatedKey = {
  readonly name: string
  readonly first: number
  readonly again: readonly [number, number]
}

/** All keys of a document that stand again in their mapping; time grows with the size of the document only. */
export function repeatedKeys(document: Document): readonly RepeatedKey[] {
  const found: RepeatedKey[] = []
  const open: unknown[] = [document.contents]
  while (open.length > 0) {
    const next = open.pop()
    const node = isPair(next) ? next.value : next
    if (!isCollection(node)) continue
    for (const item of node.items) open.push(item) // no spread: a long list would fill the stack
    if (!isMap(node)) continue
    const seen = new Map<string, number>()
    for (const { key } of node.items) {
      if (!isScalar(key) || !key.range) continue
      const name = String(key.value)
      const first = seen.get(name)
      if (first === undefined) seen.set(name, key.range[0])
      else found.push({ name, first, again: [key.range[0], key.range[1]] })
    }
  }
  return found
}
