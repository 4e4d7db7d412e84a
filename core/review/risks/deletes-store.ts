import { forcing } from '../forcing.ts'
import { isStore } from '../kinds.ts'
import { isRemoved } from '../resource.ts'
import { foundTexts, type StackRule } from '../rule.ts'

/** A store of backups, or its key, is deleted, or deleted and made anew. */
export const deletesStore: StackRule = {
  id: 'deletes-store',
  class: 'destroys-data',
  source: 'Amazon S3 "Deleting a bucket"; AWS KMS "Deleting AWS KMS keys"; AWS Backup "Deleting a vault"',
  finds(change) {
    if (!isStore(change) || change.before?.retainOnDelete === true) return []
    const what = 'the store of backups is deleted with what it holds'
    if (isRemoved(change)) return [foundTexts(change, 'resource', 'there', 'deleted', what)]
    if (change.operation !== 'replace') return []
    const { by, isCertain } = forcing(change)
    const anew = `${what}, and a new one made, forced by ${by}`
    return [{ ...foundTexts(change, 'resource', 'there', 'replaced', anew), isCertain }]
  },
}
