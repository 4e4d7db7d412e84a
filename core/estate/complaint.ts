import type { LoadedEstate } from '../../schemas/load.ts'
import { didYouMean } from '../../schemas/nearest.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { Problem } from '../../schemas/problem.ts'
import type { Path } from '../../schemas/source.ts'

const mostNames = 20

/** A problem at the value of a path of the estate (at the key, if asked); `code` without "estate/". */
export function complaint(
  loaded: LoadedEstate,
  path: Path,
  said: Omit<Problem, 'where' | 'frame'>,
  of: 'key' | 'value' = 'value',
): Placed {
  const problem = (): Problem => {
    const { where, frame } = loaded.spot(path, of)
    return { ...said, code: `estate/${said.code}`, where, frame }
  }
  return { offset: loaded.spot(path, of).offset, problem }
}

/** `expected` and `fix` for a name that is not among others. */
export function namedInstead(name: string, others: readonly string[]): Pick<Problem, 'expected' | 'fix'> {
  const fix = didYouMean(name, others)
  return { expected: listed(others), ...(fix === undefined ? {} : { fix }) }
}

/** Names for people, at most 20: `a, b, c and 5 more`. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none is defined'
  const more = names.length - mostNames
  return names.slice(0, mostNames).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
