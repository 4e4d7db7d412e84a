import type { Value } from './value.ts'
import { booleanOf, numberOf } from './property.ts'
import { isHidden, isList, isMap } from './value.ts'

/**
 * What a rule can read of a property. No rule reads what is `unread` or a `grant`, so every change of it is for a person to
 * judge; what grants access also when it is new.
 */
export type Shape = 'number' | 'boolean' | 'text' | 'policy' | 'list' | 'object' | 'unread' | 'grant'
type Fields = Readonly<Record<string, Shape>>

const permission: Fields = {
  type: 'text',
  protocol: 'text',
  ipProtocol: 'text',
  fromPort: 'number',
  toPort: 'number',
  cidrBlocks: 'list',
  ipv6CidrBlocks: 'list',
  prefixListIds: 'list',
  self: 'boolean',
  sourceSecurityGroupId: 'text',
  cidrIpv4: 'text',
  cidrIpv6: 'text',
  prefixListId: 'text',
  referencedSecurityGroupId: 'text',
}
const closing: Fields = {
  blockPublicAcls: 'boolean',
  blockPublicPolicy: 'boolean',
  ignorePublicAcls: 'boolean',
  restrictPublicBuckets: 'boolean',
}
const database: Fields = {
  backupRetentionPeriod: 'number',
  deletionProtection: 'boolean',
  deleteAutomatedBackups: 'boolean',
  skipFinalSnapshot: 'boolean',
  storageEncrypted: 'boolean',
  kmsKeyId: 'text',
  publiclyAccessible: 'boolean',
}

/** Properties that decide about data, access and watch, by kind and first key; the rules of core/review/risks read them. */
const sensitive: Readonly<Record<string, Fields>> = {
  's3/bucket': {
    forceDestroy: 'boolean',
    objectLockEnabled: 'boolean',
    versioning: 'object',
    lifecycleRules: 'unread',
    serverSideEncryptionConfiguration: 'unread',
    objectLockConfiguration: 'unread',
    policy: 'policy',
    acl: 'grant',
    grants: 'grant',
  },
  's3/bucketObjectLockConfiguration': { rule: 'object', objectLockEnabled: 'text' },
  's3/bucketVersioning': { versioningConfiguration: 'object' },
  's3/bucketServerSideEncryptionConfiguration': { rules: 'list' },
  's3/bucketLifecycleConfiguration': { rules: 'list' },
  's3/bucketPolicy': { policy: 'policy' },
  's3/bucketPublicAccessBlock': closing,
  's3/accountPublicAccessBlock': closing,
  's3/bucketAcl': { acl: 'grant', accessControlPolicy: 'grant' },
  's3/bucketOwnershipControls': { rule: 'object' },
  's3/bucketReplicationConfig': { rules: 'grant', role: 'grant' },
  'backup/vault': { kmsKeyArn: 'text', forceDestroy: 'boolean' },
  'backup/vaultLockConfiguration': {
    minRetentionDays: 'number',
    maxRetentionDays: 'unread',
    changeableForDays: 'unread',
  },
  'backup/vaultPolicy': { policy: 'policy' },
  'backup/plan': { rules: 'list' },
  'backup/selection': {
    resources: 'unread',
    notResources: 'unread',
    conditions: 'unread',
    selectionTags: 'unread',
  },
  'kms/key': {
    policy: 'policy',
    deletionWindowInDays: 'number',
    enableKeyRotation: 'boolean',
    isEnabled: 'boolean',
  },
  'kms/keyPolicy': { policy: 'policy' },
  'iam/policy': { policy: 'policy' },
  'iam/rolePolicy': { policy: 'policy' },
  'iam/userPolicy': { policy: 'policy' },
  'iam/groupPolicy': { policy: 'policy' },
  'iam/role': {
    assumeRolePolicy: 'policy',
    managedPolicyArns: 'list',
    inlinePolicies: 'grant',
    permissionsBoundary: 'text',
  },
  'iam/user': { permissionsBoundary: 'text', forceDestroy: 'boolean' },
  'iam/rolePolicyAttachment': { policyArn: 'text', role: 'text' },
  'iam/userPolicyAttachment': { policyArn: 'text', user: 'text' },
  'iam/groupPolicyAttachment': { policyArn: 'text', group: 'text' },
  'iam/accessKey': { user: 'text', status: 'unread' },
  'iam/userGroupMembership': { groups: 'list', user: 'text' },
  'sns/topicPolicy': { policy: 'policy' },
  'sqs/queuePolicy': { policy: 'policy' },
  'secretsmanager/secretPolicy': { policy: 'policy' },
  'ec2/securityGroup': { ingress: 'list' },
  'ec2/defaultSecurityGroup': { ingress: 'list' },
  'ec2/securityGroupRule': permission,
  'vpc/securityGroupIngressRule': permission,
  'ec2/networkAcl': { ingress: 'grant' },
  'ec2/networkAclRule': { ruleAction: 'grant', cidrBlock: 'grant', ipv6CidrBlock: 'grant' },
  'rds/instance': database,
  'rds/cluster': database,
  'dynamodb/table': { deletionProtectionEnabled: 'boolean', pointInTimeRecovery: 'object' },
  'efs/fileSystem': { encrypted: 'boolean', kmsKeyId: 'text' },
  'ebs/volume': { encrypted: 'boolean', kmsKeyId: 'text' },
  'cloudwatch/metricAlarm': {
    actionsEnabled: 'boolean',
    alarmActions: 'list',
    threshold: 'number',
    comparisonOperator: 'text',
    evaluationPeriods: 'number',
    datapointsToAlarm: 'number',
    treatMissingData: 'text',
    metricName: 'unread',
    namespace: 'unread',
    dimensions: 'unread',
    metricQueries: 'unread',
    statistic: 'unread',
    extendedStatistic: 'unread',
    period: 'unread',
  },
  'cloudwatch/compositeAlarm': { actionsEnabled: 'boolean', alarmActions: 'list', alarmRule: 'unread' },
  'cloudwatch/eventRule': { state: 'text', eventPattern: 'unread', scheduleExpression: 'unread' },
  'cloudwatch/eventTarget': { arn: 'unread' },
  'cloudwatch/logGroup': { retentionInDays: 'number', kmsKeyId: 'text' },
  'cloudtrail/trail': { enableLogging: 'boolean', isMultiRegionTrail: 'boolean', eventSelectors: 'unread' },
  'ssm/maintenanceWindow': {
    schedule: 'text',
    scheduleTimezone: 'text',
    scheduleOffset: 'number',
    duration: 'number',
    cutoff: 'number',
    enabled: 'boolean',
    startDate: 'text',
    endDate: 'text',
  },
  'ssm/maintenanceWindowTarget': { targets: 'list' },
  'ssm/maintenanceWindowTask': { targets: 'list', taskArn: 'unread', taskInvocationParameters: 'unread' },
}

/** What must not pass unseen in a kind that no rule knows: everything of these services decides about access or backups. */
const sensitiveService = /^(iam|kms|backup)\//
const harmless = new Set(['iam/accountAlias', 'iam/group', 'iam/instanceProfile', 'backup/reportPlan'])

/** The sensitive properties of a kind; none for one that has none. */
export function sensitiveOf(kind: string): readonly (readonly [string, Shape])[] {
  return Object.hasOwn(sensitive, kind) ? Object.entries(sensitive[kind] ?? {}) : []
}

/** Whether a kind belongs to a service in which no change is harmless, and no rule knows it. */
export function isStrange(kind: string): boolean {
  return sensitiveService.test(kind) && !harmless.has(kind) && !Object.hasOwn(sensitive, kind)
}

/** Whether a rule can read a value of this shape; what is hidden is no matter of shape. */
export function fits(shape: Shape, value: Value): boolean {
  if (value === null || isHidden(value)) return true
  switch (shape) {
    case 'number':
      return numberOf(value) !== undefined
    case 'boolean':
      return booleanOf(value) !== undefined
    case 'text':
      return typeof value === 'string'
    case 'policy':
      return typeof value === 'string' || isMap(value)
    case 'list':
      return isList(value)
    case 'object':
      return isMap(value)
    case 'unread':
    case 'grant':
      return true
  }
}
