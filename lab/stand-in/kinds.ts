import { bucketSettings } from './bucket-settings.ts'
import { bucket } from './buckets.ts'
import { key } from './keys.ts'
import type { Kind } from './kind.ts'
import { accessKey, user, userPolicy } from './users.ts'

/** The types of resources that the lab's stand-in for AWS has: exactly those that stacks/ uses. */
export const kinds: readonly Kind[] = [bucket, ...bucketSettings, key, user, userPolicy, accessKey]

/** The kind of a type. Throws, in one sentence, for a type that the stand-in does not have. */
export function kindOf(type: string): Kind {
  const found = kinds.find((one) => one.type === type)
  if (found === undefined) throw new Error(`the lab's stand-in for AWS does not have ${type}`)
  return found
}
