import { at, booleanOf, textOf } from '../property.ts'
import { isRemoved, sides } from '../resource.ts'
import { found, foundTexts, type StackRule } from '../rule.ts'

const blocks = new Set(['s3/bucketPublicAccessBlock', 's3/accountPublicAccessBlock'])
const owner = 's3/bucketOwnershipControls'
const ownership = 'rule.objectOwnership'
const keys = ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets']

/** What kept everybody out is taken away, or a database gets an address of the internet. */
export const opensPublic: StackRule = {
  id: 'opens-public',
  class: 'opens-access',
  source:
    'Amazon S3 "Blocking public access to your storage", "Controlling ownership of objects"; Amazon RDS "Hiding a DB instance from the internet"',
  finds(change) {
    const { was, becomes } = sides(change)
    if (blocks.has(change.kind)) {
      const what = 'a bucket can be opened to everybody'
      if (isRemoved(change)) return [foundTexts(change, 'resource', 'there', 'deleted', what)]
      if (was === null || becomes === null) return []
      return keys
        .filter((key) => booleanOf(was.get(key)) === true && booleanOf(becomes.get(key) ?? false) === false)
        .map((key) => found(change, key, was.get(key), becomes.get(key), what))
    }
    if (change.kind === owner) {
      const what = 'lists of access of single objects count again'
      if (isRemoved(change)) return [foundTexts(change, 'resource', 'there', 'deleted', what)]
      const [before, after] = [was, becomes].map((side) => at(side ?? undefined, ownership))
      const isLost =
        textOf(before) === 'BucketOwnerEnforced' &&
        (textOf(after) ?? 'BucketOwnerEnforced') !== textOf(before)
      return isLost ? [found(change, ownership, before, after, what)] : []
    }
    const key = 'publiclyAccessible'
    if (becomes === null || booleanOf(becomes.get(key)) !== true || booleanOf(was?.get(key)) === true)
      return []
    return [found(change, key, was?.get(key), becomes.get(key), 'it can be reached from the internet')]
  },
}
