import { booleanOf, numberOf } from '../property.ts'
import { sides } from '../resource.ts'
import { found, type StackRule } from '../rule.ts'

/** Properties that let a deletion take the content along without asking, by name, whatever the kind. */
const switches = ['forceDestroy', 'forceDelete', 'skipFinalSnapshot', 'deleteAutomatedBackups'] as const

/** A deletion would take all content along, or at once: of what is there, or of what is made. */
export const forceDestroy: StackRule = {
  id: 'force-destroy',
  class: 'weakens-protection',
  source:
    'Pulumi AWS: s3.Bucket forceDestroy, rds.Instance skipFinalSnapshot; AWS Secrets Manager "Delete a secret"',
  finds(change) {
    const { was, becomes } = sides(change)
    if (becomes === null) return []
    const what = 'from then on a deletion takes the content along'
    const on = switches
      .filter((key) => booleanOf(becomes.get(key)) === true && booleanOf(was?.get(key)) !== true)
      // It is the provider's own default that automated backups go with the instance.
      .filter((key) => key !== 'deleteAutomatedBackups' || booleanOf(was?.get(key)) === false)
      .map((key) => found(change, key, was?.get(key), becomes.get(key), what))
    const window = 'recoveryWindowInDays'
    const atOnce =
      change.kind === 'secretsmanager/secret' &&
      numberOf(becomes.get(window)) === 0 &&
      numberOf(was?.get(window)) !== 0
    const soon = 'a deleted secret can not be had back'
    return atOnce ? [...on, found(change, window, was?.get(window), becomes.get(window), soon)] : on
  },
}
