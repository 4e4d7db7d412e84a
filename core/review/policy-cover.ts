import type { Statement } from './policy.ts'

/** One right: an action on a resource for somebody, under conditions. */
export type Right = {
  readonly principal: string
  readonly action: string
  readonly resource: string
  readonly conditions: readonly string[]
}

/** Comparisons of entries; a policy of AWS needs some thousands. */
const mostWork = 2_000_000

/** Rights that `becomes` gives and `was` did not; null when that is more work than a policy can be. */
export function newRights(was: readonly Statement[], becomes: readonly Statement[]): readonly Right[] | null {
  const old = was.filter(({ effect }) => effect === 'Allow')
  return notCovered(
    becomes.filter(({ effect }) => effect === 'Allow'),
    old,
  )
}

/** Rights that `was` denied and `becomes` does not deny any more, or not to all; null as above. */
export function lostDenials(
  was: readonly Statement[],
  becomes: readonly Statement[],
): readonly Right[] | null {
  const now = becomes.filter(({ effect }) => effect === 'Deny')
  return notCovered(
    was.filter(({ effect }) => effect === 'Deny'),
    now,
  )
}

/** Rights of statements that no single one of others covers: under the same conditions, or fewer. */
function notCovered(statements: readonly Statement[], by: readonly Statement[]): readonly Right[] | null {
  const found: Right[] = []
  let work = 0
  for (const { principals, actions, resources, conditions } of statements) {
    const near = by.filter((one) => one.conditions.every((condition) => conditions.includes(condition)))
    const size = near.reduce(
      (sum, one) => sum + one.principals.length + one.actions.length + one.resources.length,
      1,
    )
    work += principals.length * actions.length * resources.length * size
    if (work > mostWork) return null
    for (const principal of principals) {
      for (const action of actions) {
        for (const resource of resources) {
          const isCovered = near.some(
            (one) =>
              one.principals.some((wide) => wide === '*' || wide === principal) &&
              one.actions.some((wide) => covers(wide, action)) &&
              one.resources.some((wide) => covers(wide, resource)),
          )
          if (!isCovered) found.push({ principal, action, resource, conditions })
        }
      }
    }
  }
  return found
}

/** Whether a pattern of IAM (`*` any text, `?` one character) takes all that another one takes. */
export function covers(wide: string, narrow: string): boolean {
  if (wide === narrow) return true
  // All but something: only the same is known to be covered.
  if (wide.startsWith('!') || narrow.startsWith('!')) return wide === '*'
  let [at, of, star, from] = [0, 0, -1, 0]
  while (at < narrow.length) {
    const one = narrow[at]
    if (wide[of] === '*') {
      star = of++
      from = at
    } else if (of < wide.length && (wide[of] === one || (wide[of] === '?' && one !== '*'))) {
      of++
      at++
    } else if (star !== -1) {
      of = star + 1
      at = ++from
    } else return false
  }
  while (wide[of] === '*') of++
  return of === wide.length
}
