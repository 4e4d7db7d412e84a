import { at, booleanOf, textOf } from '../property.ts'
import { isRemoved, sides } from '../resource.ts'
import { found, foundTexts, type StackRule } from '../rule.ts'

const locks = new Set(['s3/bucketObjectLockConfiguration', 'backup/vaultLockConfiguration'])
const mode = 'rule.defaultRetention.mode'

/** A lock is taken away, or becomes one that some may lift. */
export const weakensLock: StackRule = {
  id: 'weakens-lock',
  class: 'weakens-protection',
  source: 'Amazon S3 "Locking objects with Object Lock"; AWS Backup "Vault Lock"',
  finds(change) {
    const what = 'what is stored is locked no more'
    if (locks.has(change.kind) && isRemoved(change)) {
      return [foundTexts(change, 'resource', 'there', 'deleted', what)]
    }
    const { was, becomes } = sides(change)
    if (was === null || becomes === null) return []
    if (change.kind === 's3/bucket') {
      const key = 'objectLockEnabled'
      const isLost = booleanOf(was.get(key)) === true && booleanOf(becomes.get(key) ?? false) === false
      return isLost ? [found(change, key, was.get(key), becomes.get(key), what)] : []
    }
    if (change.kind !== 's3/bucketObjectLockConfiguration') return []
    const [before, after] = [at(was, mode), at(becomes, mode)]
    if (before === 'COMPLIANCE' && typeof after === 'string' && after !== before) {
      return [found(change, mode, before, after, 'who has the right to may lift the lock')]
    }
    const isLost = textOf(before) !== undefined && after === undefined
    return isLost ? [found(change, mode, before, after, what)] : []
  },
}
