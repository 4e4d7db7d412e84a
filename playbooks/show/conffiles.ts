import { quoteAll } from '../../connect/quote.ts'
import type { HostState } from '../../core/run/state.ts'
import type { KeptConffile } from '../facts/kept-conffiles.ts'

/** Configuration files that a host keeps for a person to merge, as its reporting step recorded them. */
export function conffilesOf(state: HostState | undefined): readonly KeptConffile[] {
  // Taken back, there is nothing left to merge.
  const ended = state?.outcome === 'done' ? Object.values(state.ended) : []
  return ended.flatMap(({ facts }) => conffilesIn(facts))
}

/** The same out of the facts of one step's end, which come from a journal and may be anything. */
export function conffilesIn(facts: unknown): readonly KeptConffile[] {
  if (typeof facts !== 'object' || facts === null || !('conffiles' in facts)) return []
  const { conffiles } = facts
  return Array.isArray(conffiles) ? conffiles.filter(isKept) : []
}

/** What a person reads of them: which file was kept, and what the package would have changed in it. */
export function conffileLines(conffiles: readonly KeptConffile[]): readonly string[] {
  return conffiles.flatMap(({ path, beside, difference }) => [
    `To merge: ${path} was kept as the admin made it; the package's is ${beside}`,
    ...(difference === null
      ? [`  not shown, as not everybody may read it; on the host: diff -u ${quoteAll([path, beside])}`]
      : difference.map((line) => `  ${line}`)),
  ])
}

function isKept(one: unknown): one is KeptConffile {
  if (typeof one !== 'object' || one === null) return false
  const { path, beside, difference } = one as Partial<Record<keyof KeptConffile, unknown>>
  const isText = typeof path === 'string' && typeof beside === 'string'
  return isText && (difference === null || isLines(difference))
}

function isLines(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((line) => typeof line === 'string')
}
