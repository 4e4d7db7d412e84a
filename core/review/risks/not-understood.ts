import { at, mapsOf, numberOf } from '../property.ts'
import { lostDenials, newRights } from '../policy-cover.ts'
import { policyOf } from '../policy.ts'
import { isRemoved, type ResourceChange, sides } from '../resource.ts'
import { type Found, found, foundTexts, type StackRule } from '../rule.ts'
import { fits, isStrange, sensitiveOf, type Shape } from '../sensitive.ts'
import { bareKey, hiddenIn, type Properties, type Value } from '../value.ts'

/** Numbers that rules read deep in a property. */
const numbers: Readonly<Record<string, readonly string[]>> = {
  's3/bucketObjectLockConfiguration': ['rule.defaultRetention.days', 'rule.defaultRetention.years'],
}
const numbersInRules: Readonly<Record<string, readonly string[]>> = {
  's3/bucketLifecycleConfiguration': ['expiration.days', 'noncurrentVersionExpiration.noncurrentDays'],
  'backup/plan': ['lifecycle.deleteAfter'],
}

/** Something that decides about data, access or watch changes, and no rule can read how: silence would say that it is safe. */
export const notUnderstood: StackRule = {
  id: 'not-understood',
  class: 'unknown',
  source: 'core/review/sensitive.ts: what rules can read, and which services have nothing harmless',
  finds(change) {
    if (!change.isWhole) {
      const what = 'the engine does not say what it is before and after'
      return [foundTexts(change, 'resource', 'not told', change.operation, what)]
    }
    // What is there stays as it is: that it leaves the stack is said by another rule.
    if (change.operation === 'delete' && !isRemoved(change)) return []
    if (isStrange(change.kind)) {
      const what = 'no rule knows this type, and its service decides about access or backups'
      return [
        foundTexts(
          change,
          'resource',
          change.operation === 'create' ? 'not there' : 'there',
          change.operation,
          what,
        ),
      ]
    }
    const { was, becomes } = sides(change)
    return sensitiveOf(change.kind).flatMap(([key, shape]) => ofField(change, key, shape, was, becomes))
  },
}

function ofField(
  change: ResourceChange,
  key: string,
  shape: Shape,
  was: Properties | null,
  becomes: Properties | null,
): readonly Found[] {
  const [before, after] = [was?.get(key), becomes?.get(key)]
  const isOther = change.changed.has(key) || bareKey(before) !== bareKey(after)
  if (!isOther) return []
  if (shape === 'unread' || shape === 'grant') {
    // Of what is new only what grants access matters, and of what goes only what does not.
    if (was === null ? shape !== 'grant' || bareKey(after) === '' : becomes === null) return []
    return [found(change, key, before, after, 'it decides about data, access or watch, and no rule reads it')]
  }
  const values = [before, after].filter((value) => value !== undefined)
  const isRead =
    values.every((value) => fits(shape, value)) &&
    !values.some((value) => hiddenIn(value).has('opaque')) &&
    (shape !== 'policy' || isReadPolicy(before, after)) &&
    [was, becomes].every((side) => side === null || areNumbers(change.kind, side))
  return isRead ? [] : [found(change, key, before, after, 'it is written in a way that no rule can read')]
}

function isReadPolicy(before: Value | undefined, after: Value | undefined): boolean {
  // Not known yet, or secret, is told as that.
  const [old, next] = [before, after].map((value) => (hiddenIn(value).size > 0 ? [] : policyOf(value)))
  if (!old || !next) return false
  return newRights(old, next) !== null && lostDenials(old, next) !== null
}

function areNumbers(kind: string, side: Properties): boolean {
  const paths = (of: typeof numbers) => (Object.hasOwn(of, kind) ? (of[kind] ?? []) : [])
  const isNumber = (value: Value | undefined) =>
    value === undefined || hiddenIn(value).size > 0 || numberOf(value) !== undefined
  return (
    paths(numbers).every((path) => isNumber(at(side, path))) &&
    mapsOf(side.get('rules')).every((rule) => paths(numbersInRules).every((path) => isNumber(at(rule, path))))
  )
}
