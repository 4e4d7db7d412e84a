import type { Properties } from '../../lab/stand-in/values.ts'

/** What was made before, by name: its id. */
export type Ids = Readonly<Record<string, string>>

/** One resource as the programs of stacks/ say it, and one change of it for each property that can change where it is. */
export type Part = {
  readonly type: string
  readonly says: (ids: Ids) => Properties
  readonly changes: Properties
  /** A change of each property with which another one takes its place. */
  readonly replaces: Properties
  /** What can not be brought back to what it was. */
  readonly stays?: Properties
  /** How it is named when somebody takes it over, where its id is not enough. */
  readonly taken?: (ids: Ids) => string
}

/** The id of what was made under a name. */
export function of(name: string) {
  return (ids: Ids): string => ids[name] ?? ''
}

export const tags = { 'upkeep:estate': 'test', 'upkeep:stack': 'monitoring' }
