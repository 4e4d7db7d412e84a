import type { AtEnd } from './at-end.ts'
import type { Goal } from './goal.ts'
import type { Peers } from './peers.ts'

/** What a case is given: how often to repeat, who the peers are, what to stop at the end, and where to say how far it is. */
export type CaseWorld = {
  readonly repeats: number
  readonly slowRepeats: number
  readonly hosts: number
  readonly peers: () => Promise<Peers>
  readonly end: AtEnd
  readonly tell: (line: string) => void
}

/** What a case found: lines that say what was done, a table of at most 80 columns, and its goals. */
export type CaseFound = {
  readonly says: readonly string[]
  readonly table: readonly string[]
  readonly goals: readonly Goal[]
}
