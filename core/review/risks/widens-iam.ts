import { lostDenials, newRights, type Right } from '../policy-cover.ts'
import { policyOf } from '../policy.ts'
import { textOf, textsOf } from '../property.ts'
import { isRemoved, type ResourceChange, sides } from '../resource.ts'
import { type Found, found, foundTexts, type StackRule } from '../rule.ts'
import { sensitiveOf } from '../sensitive.ts'
import type { Properties } from '../value.ts'

/** Kinds that give somebody something by being there, and the property that says what. */
const attachments: Readonly<Record<string, readonly [says: string, to: string]>> = {
  'iam/rolePolicyAttachment': ['policyArn', 'role'],
  'iam/userPolicyAttachment': ['policyArn', 'user'],
  'iam/groupPolicyAttachment': ['policyArn', 'group'],
  'iam/accessKey': ['user', 'user'],
}
/** Lists in which each entry gives something. */
const lists: Readonly<Record<string, string>> = {
  'iam/role': 'managedPolicyArns',
  'iam/userGroupMembership': 'groups',
}

/** Somebody may do more than before: another action, resource or principal, or without a condition or a denial. */
export const widensIam: StackRule = {
  id: 'widens-iam',
  class: 'opens-access',
  source: 'AWS IAM "JSON policy element reference", "Policy evaluation logic", "Permissions boundaries"',
  finds(change) {
    const { was, becomes } = sides(change)
    const policies = sensitiveOf(change.kind).filter(([, shape]) => shape === 'policy')
    return [
      ...policies.flatMap(([key]) => inPolicy(change, key, was, becomes)),
      ...attached(change, was, becomes),
      ...boundary(change, was, becomes),
    ]
  },
}

function inPolicy(
  change: ResourceChange,
  key: string,
  was: Properties | null,
  becomes: Properties | null,
): readonly Found[] {
  if (was === null && becomes === null) return []
  const [before, after] = [policyOf(was?.get(key)), policyOf(becomes?.get(key))]
  // What can not be read is told by another rule.
  if (before === null || after === null) return []
  const rights = newRights(before, after) ?? []
  const denials = lostDenials(before, after) ?? []
  return [
    ...grouped(rights).map((right) => foundTexts(change, key, 'not allowed', right, 'more is allowed')),
    ...grouped(denials).map((right) =>
      foundTexts(change, key, `denied: ${right}`, 'not denied so', 'a denial is lost'),
    ),
  ]
}

/** Rights in words: those that differ by their action alone as one. */
function grouped(rights: readonly Right[]): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const { principal, action, resource, conditions } of rights) {
    const on = resource === '' ? '' : ` on ${resource}`
    const to = principal === '' ? '' : ` for ${principal}`
    const under = conditions.length === 0 ? '' : ` if ${[...conditions].sort().join(' and ')}`
    const rest = `${on}${to}${under}`
    groups.set(rest, [...(groups.get(rest) ?? []), action])
  }
  return [...groups].map(([rest, actions]) => `${[...new Set(actions)].sort().join(', ')}${rest}`).sort()
}

function attached(
  change: ResourceChange,
  was: Properties | null,
  becomes: Properties | null,
): readonly Found[] {
  if (becomes === null) return []
  const what = 'more is allowed'
  const list = Object.hasOwn(lists, change.kind) ? lists[change.kind] : undefined
  if (list !== undefined) {
    const before = textsOf(was?.get(list))
    const more = textsOf(becomes.get(list)).filter((one) => !before.includes(one))
    return more.map((one) => foundTexts(change, list, 'not attached', one, what))
  }
  const [says, to] = (Object.hasOwn(attachments, change.kind) ? attachments[change.kind] : undefined) ?? []
  if (says === undefined || to === undefined) return []
  const isSame = [says, to].every((key) => textOf(was?.get(key)) === textOf(becomes.get(key)))
  // An access key that is made anew is another one.
  const isNew = was === null || !isSame || (change.kind === 'iam/accessKey' && change.operation === 'replace')
  return isNew ? [found(change, says, was?.get(says), becomes.get(says), what)] : []
}

function boundary(
  change: ResourceChange,
  was: Properties | null,
  becomes: Properties | null,
): readonly Found[] {
  const key = 'permissionsBoundary'
  const before = was?.get(key)
  if (textOf(before) === undefined || isRemoved(change) || becomes === null) return []
  const after = becomes.get(key)
  const isRead = after === undefined || after === null || typeof after === 'string'
  if (!isRead || textOf(after) === textOf(before)) return []
  return [found(change, key, before, after, 'the boundary of what may be allowed is another, or none')]
}
