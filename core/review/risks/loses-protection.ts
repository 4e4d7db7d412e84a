import { booleanOf } from '../property.ts'
import { found, foundTexts, type StackRule } from '../rule.ts'

/** Properties with which the cloud refuses a deletion, whatever the kind. */
const switches = [
  'deletionProtection',
  'deletionProtectionEnabled',
  'enableDeletionProtection',
  'disableApiTermination',
] as const

/** What kept the engine or the cloud from deleting a resource is taken away. */
export const losesProtection: StackRule = {
  id: 'loses-protection',
  class: 'weakens-protection',
  source:
    'Pulumi "Resource option: protect", "Resource option: retainOnDelete"; Amazon RDS "Deletion protection"',
  finds(change) {
    const { before, after } = change
    if (before === null || after === null) return []
    const options = (['protect', 'retainOnDelete'] as const)
      .filter((key) => before[key] && !after[key])
      .map((key) => foundTexts(change, key, 'true', 'false', 'the engine may delete it from then on'))
    const lost = switches
      .filter((key) => booleanOf(before.properties.get(key)) === true)
      .filter((key) => booleanOf(after.properties.get(key) ?? false) === false)
    const what = 'the cloud no longer refuses to delete it'
    return [
      ...options,
      ...lost.map((key) => found(change, key, before.properties.get(key), after.properties.get(key), what)),
    ]
  },
}
