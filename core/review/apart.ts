import type { ResourceChange } from './resource.ts'
import { hiddenIn, keyOf } from './value.ts'

/** What a setting, right or target belongs to, by kind: with another one it is gone from the first and new at the second. */
const owners: Readonly<Record<string, string>> = {
  'backup/selection': 'planId',
  'backup/vaultLockConfiguration': 'backupVaultName',
  'backup/vaultNotifications': 'backupVaultName',
  'backup/vaultPolicy': 'backupVaultName',
  'cloudwatch/eventTarget': 'rule',
  'ec2/networkAclRule': 'networkAclId',
  'ec2/securityGroupRule': 'securityGroupId',
  'iam/groupPolicy': 'group',
  'iam/rolePolicy': 'role',
  'iam/userPolicy': 'user',
  'kms/keyPolicy': 'keyId',
  'secretsmanager/secretPolicy': 'secretArn',
  'sns/topicPolicy': 'arn',
  'sns/topicSubscription': 'topic',
  'sqs/queuePolicy': 'queueUrl',
  'ssm/maintenanceWindowTarget': 'windowId',
  'ssm/maintenanceWindowTask': 'windowId',
  'vpc/securityGroupIngressRule': 'securityGroupId',
}

/** A change as rules judge it; `isCertain` is false where it depends on what is not known yet. */
export type Judged = { readonly change: ResourceChange; readonly isCertain: boolean }

/** The change itself; or, where what it belongs to becomes another one, the end of the old and the beginning of the new. */
export function apart(change: ResourceChange): readonly Judged[] {
  const { kind, before, after, changed, forcedBy } = change
  const own = Object.hasOwn(owners, kind) ? owners[kind] : undefined
  const owner = kind.startsWith('s3/bucket') && kind !== 's3/bucket' ? 'bucket' : own
  const whole = [{ change, isCertain: true }]
  if (owner === undefined || before === null || after === null) return whole
  // The engine knows two ways to write the same; a difference that it does not see is none.
  if (!changed.has(owner) && !forcedBy.includes(owner)) return whole
  const [was, becomes] = [before, after].map(({ properties }) => properties.get(owner) ?? null)
  if (was === undefined || becomes === undefined || keyOf(was) === keyOf(becomes)) return whole
  const isCertain = hiddenIn(becomes).size === 0
  return [
    { change: { ...change, operation: 'delete', after: null }, isCertain },
    { change: { ...change, operation: 'create', before: null }, isCertain: true },
  ]
}
