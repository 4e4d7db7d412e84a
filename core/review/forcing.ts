import type { ResourceChange } from './resource.ts'
import { hiddenIn, nameText } from './value.ts'

/**
 * What forces a replacement, for people, and whether it is certain: where each property that forces it is not known yet,
 * it may turn out to be the same.
 */
export function forcing({ forcedBy, after }: ResourceChange): {
  readonly by: string
  readonly isCertain: boolean
} {
  const by = forcedBy.length === 0 ? 'what the engine does not name' : forcedBy.map(nameText).join(', ')
  const isOpen = (key: string) => hiddenIn(after?.properties.get(key)).has('unknown')
  return { by, isCertain: forcedBy.length === 0 || !forcedBy.every(isOpen) }
}
