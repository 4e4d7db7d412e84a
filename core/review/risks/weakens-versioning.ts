import { at, booleanOf, textOf } from '../property.ts'
import { isRemoved, sides } from '../resource.ts'
import { found, foundTexts, type StackRule } from '../rule.ts'

const status = 'versioningConfiguration.status'
const mfa = 'versioningConfiguration.mfaDelete'

/** What is overwritten or deleted leaves no version behind any more. */
export const weakensVersioning: StackRule = {
  id: 'weakens-versioning',
  class: 'weakens-protection',
  source: 'Amazon S3 "Using versioning in S3 buckets", "Configuring MFA delete"',
  finds(change) {
    const { was, becomes } = sides(change)
    const what = 'what is overwritten or deleted is gone at once'
    if (change.kind === 's3/bucketVersioning' && isRemoved(change)) {
      // The provider suspends versioning when it deletes this.
      return [foundTexts(change, 'resource', 'there', 'deleted', what)]
    }
    if (was === null || becomes === null) return []
    if (change.kind === 's3/bucket') {
      const path = 'versioning.enabled'
      const isLost = booleanOf(at(was, path)) === true && booleanOf(at(becomes, path)) === false
      return isLost ? [found(change, path, at(was, path), at(becomes, path), what)] : []
    }
    if (change.kind !== 's3/bucketVersioning') return []
    const isOff = (path: string) => {
      const after = at(becomes, path)
      const isRead = after === undefined || typeof after === 'string'
      return textOf(at(was, path)) === 'Enabled' && isRead && after !== 'Enabled'
    }
    return [
      ...(isOff(status) ? [found(change, status, at(was, status), at(becomes, status), what)] : []),
      ...(isOff(mfa)
        ? [
            found(
              change,
              mfa,
              at(was, mfa),
              at(becomes, mfa),
              'versions can be deleted without a second factor',
            ),
          ]
        : []),
    ]
  },
}
