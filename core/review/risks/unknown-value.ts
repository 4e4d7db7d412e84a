import { sides } from '../resource.ts'
import { found, type StackRule } from '../rule.ts'
import { sensitiveOf } from '../sensitive.ts'
import { hiddenIn } from '../value.ts'

/** A property that decides about data, access or watch gets a value that nobody can read before it is applied. */
export const unknownValue: StackRule = {
  id: 'unknown-value',
  class: 'unknown',
  source: 'Pulumi "Inputs and outputs": outputs are not known during a preview; "Secrets"',
  finds(change) {
    const { was, becomes } = sides(change)
    if (becomes === null) return []
    return sensitiveOf(change.kind).flatMap(([key]) => {
      const [before, after] = [was?.get(key), becomes.get(key)]
      const hidden = hiddenIn(after)
      // A secret that nothing says to be another one is the same.
      const isNew = was === null || change.changed.has(key) || hiddenIn(before).size === 0
      const why = hidden.has('unknown')
        ? 'it is known only once the change is applied'
        : hidden.has('secret') && isNew
          ? 'it is a secret, so it can not be reviewed'
          : undefined
      return why === undefined ? [] : [{ ...found(change, key, before, after, why), isCertain: false }]
    })
  },
}
