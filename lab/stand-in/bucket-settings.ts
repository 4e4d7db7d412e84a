import {
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type ObjectOwnership,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { locks, placeOf } from './buckets.ts'
import { type Cloud, unlessGone } from './cloud.ts'
import type { Kind } from './kind.ts'
import { encryptionFrom, encryptionTo, lifecycleFrom, lifecycleTo } from './bucket-rules.ts'
import { getPolicy, malformed, putPolicy, removePolicy } from './policy-aside.ts'
import { hasUnknown, objectOf, type Properties, textOf, written } from './values.ts'

// What is set of a bucket and has no name of its own: its id is the bucket's name, to make it is to put it, and a
// replacement is put before the old one is removed, which removes it (pulumi-aws#5900). In all of them "bucket" is
// marked "Forces new resource" on the provider's page, or ForceNew in internal/service/s3.

type Setting = {
  readonly type: string
  /** What may be said beside bucket and region; each is changed where it is. */
  readonly body: readonly string[]
  readonly required: readonly string[]
  readonly defaults?: Properties
  readonly refuses?: (inputs: Properties) => string | undefined
  readonly put: (cloud: Cloud, inputs: Properties) => Promise<unknown>
  readonly get: (s3: S3Client, Bucket: string) => Promise<Properties | null>
  readonly remove: (s3: S3Client, Bucket: string) => Promise<unknown>
}

function settingOf(setting: Setting): Kind {
  const { put, get, remove, body } = setting
  return {
    type: setting.type,
    rules: {
      bucket: 'replaces',
      region: 'replaces', // "Enhanced Region Support in AWS"
      ...Object.fromEntries(body.map((name) => [name, 'updates' as const])),
    },
    required: ['bucket', ...setting.required],
    ...(setting.defaults === undefined ? {} : { defaults: setting.defaults }),
    ...(setting.refuses === undefined ? {} : { refuses: setting.refuses }),
    async make(cloud, inputs) {
      await put(cloud, inputs)
      return { id: written(inputs['bucket']) }
    },
    async read(cloud, id, known) {
      const { s3, Bucket } = placeOf(cloud, { ...known, bucket: id })
      const found = await unlessGone(get(s3, Bucket), 'NoSuchBucket')
      return found === null ? null : { bucket: id, region: known['region'] ?? cloud.region, ...found }
    },
    change: async (cloud, _id, to) => void (await put(cloud, to)),
    async remove(cloud, id, known) {
      const { s3, Bucket } = placeOf(cloud, { ...known, bucket: id })
      await unlessGone(remove(s3, Bucket), 'NoSuchBucket')
    },
  }
}

const switches = ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets']

const publicAccessBlock = settingOf({
  type: 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
  body: switches,
  required: [],
  defaults: Object.fromEntries(switches.map((name) => [name, false])),
  put: (cloud, inputs) => {
    const { s3, Bucket } = placeOf(cloud, inputs)
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: inputs['blockPublicAcls'] === true,
      BlockPublicPolicy: inputs['blockPublicPolicy'] === true,
      IgnorePublicAcls: inputs['ignorePublicAcls'] === true,
      RestrictPublicBuckets: inputs['restrictPublicBuckets'] === true,
    }
    return s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }))
  },
  async get(s3, Bucket) {
    const asked = s3.send(new GetPublicAccessBlockCommand({ Bucket }))
    const found = await unlessGone(asked, 'NoSuchPublicAccessBlockConfiguration')
    const said = found?.PublicAccessBlockConfiguration
    if (said === undefined) return null
    return {
      blockPublicAcls: said.BlockPublicAcls === true,
      blockPublicPolicy: said.BlockPublicPolicy === true,
      ignorePublicAcls: said.IgnorePublicAcls === true,
      restrictPublicBuckets: said.RestrictPublicBuckets === true,
    }
  },
  remove: (s3, Bucket) => s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
})

const ownership = settingOf({
  type: 'aws:s3/bucketOwnershipControls:BucketOwnershipControls',
  body: ['rule'],
  required: ['rule'],
  put: (cloud, inputs) => {
    const { s3, Bucket } = placeOf(cloud, inputs)
    const ObjectOwnership = textOf(objectOf(inputs['rule'])['objectOwnership']) as ObjectOwnership
    const OwnershipControls = { Rules: [{ ObjectOwnership }] }
    return s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }))
  },
  async get(s3, Bucket) {
    const asked = s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))
    const found = await unlessGone(asked, 'OwnershipControlsNotFoundError')
    const said = found?.OwnershipControls?.Rules?.[0]?.ObjectOwnership
    return said === undefined ? null : { rule: { objectOwnership: said } }
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
})

const versioning = settingOf({
  type: 'aws:s3/bucketVersioning:BucketVersioning',
  body: ['versioningConfiguration'],
  required: ['versioningConfiguration'],
  refuses: ({ versioningConfiguration }) => {
    const status = objectOf(versioningConfiguration)['status']
    return hasUnknown(status) || ['Enabled', 'Suspended'].includes(written(status))
      ? undefined
      : `S3 knows no versioning "${written(status)}": Enabled or Suspended`
  },
  async put(cloud, inputs) {
    const { s3, Bucket } = placeOf(cloud, inputs)
    const Status = objectOf(inputs['versioningConfiguration'])['status'] as 'Enabled' | 'Suspended'
    await s3.send(await versions(s3, Bucket, Status))
  },
  async get(s3, Bucket) {
    const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }))
    return Status === undefined ? null : { versioningConfiguration: { status: Status } }
  },
  // The provider suspends versioning when the resource goes (bucket_versioning.go).
  remove: async (s3, Bucket) => s3.send(await versions(s3, Bucket, 'Suspended')),
})

// moto lets go of the versions of a bucket that locks; S3 does not ("Object Lock considerations").
async function versions(s3: S3Client, Bucket: string, Status: 'Enabled' | 'Suspended') {
  if (Status === 'Suspended' && (await locks(s3, Bucket)))
    throw new Error(
      `S3 refuses to suspend the versions of ${Bucket}, which has Object Lock (InvalidBucketState)`,
    )
  return new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } })
}

const encryption = settingOf({
  type: 'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
  body: ['rules'],
  required: ['rules'],
  put: (cloud, inputs) => {
    const { s3, Bucket } = placeOf(cloud, inputs)
    const ServerSideEncryptionConfiguration = { Rules: encryptionTo(inputs['rules']) }
    return s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }))
  },
  async get(s3, Bucket) {
    const asked = s3.send(new GetBucketEncryptionCommand({ Bucket }))
    const found = await unlessGone(asked, 'ServerSideEncryptionConfigurationNotFoundError')
    const rules = found?.ServerSideEncryptionConfiguration?.Rules
    return rules === undefined ? null : { rules: encryptionFrom(rules) }
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
})

const objectLock = settingOf({
  type: 'aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration',
  body: ['rule'],
  required: ['rule'],
  put: (cloud, inputs) => {
    const { s3, Bucket } = placeOf(cloud, inputs)
    const { mode, days, years } = objectOf(objectOf(inputs['rule'])['defaultRetention'])
    const DefaultRetention = {
      Mode: mode as 'COMPLIANCE' | 'GOVERNANCE',
      ...(typeof days === 'number' ? { Days: days } : {}),
      ...(typeof years === 'number' ? { Years: years } : {}),
    }
    return s3.send(lock(Bucket, { Rule: { DefaultRetention } }))
  },
  async get(s3, Bucket) {
    const asked = s3.send(new GetObjectLockConfigurationCommand({ Bucket }))
    const found = await unlessGone(asked, 'ObjectLockConfigurationNotFoundError')
    const said = found?.ObjectLockConfiguration?.Rule?.DefaultRetention
    if (said === undefined) return null
    const { Mode = 'GOVERNANCE', Days, Years } = said
    return {
      rule: {
        defaultRetention: {
          mode: Mode,
          ...(has(Days) ? { days: Days } : {}),
          ...(has(Years) ? { years: Years } : {}),
        },
      },
    }
  },
  // The provider writes the configuration back without its rule (bucket_object_lock_configuration.go).
  remove: (s3, Bucket) => s3.send(lock(Bucket, {})),
})

// moto says 0 for what was not said.
function has(count: number | undefined): count is number {
  return count !== undefined && count !== 0
}

function lock(Bucket: string, rule: object) {
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, ...rule }
  return new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration })
}

const lifecycle = settingOf({
  type: 'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
  body: ['rules'],
  required: ['rules'],
  put: (cloud, inputs) => {
    const { s3, Bucket } = placeOf(cloud, inputs)
    const LifecycleConfiguration = { Rules: lifecycleTo(inputs['rules']) }
    return s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))
  },
  async get(s3, Bucket) {
    const asked = s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    const found = await unlessGone(asked, 'NoSuchLifecycleConfiguration')
    return found?.Rules === undefined ? null : { rules: lifecycleFrom(found.Rules) }
  },
  remove: (s3, Bucket) => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
})

const logging = settingOf({
  type: 'aws:s3/bucketLogging:BucketLogging',
  body: ['targetBucket', 'targetPrefix'],
  required: ['targetBucket', 'targetPrefix'],
  async put(cloud, inputs) {
    const { s3, Bucket } = placeOf(cloud, inputs)
    const TargetBucket = textOf(inputs['targetBucket'])
    const TargetPrefix = textOf(inputs['targetPrefix'])
    // Amazon S3, "Enabling server access logging": no default retention on the destination. moto takes it.
    const asked = s3.send(new GetObjectLockConfigurationCommand({ Bucket: TargetBucket }))
    const target = await unlessGone(asked, 'ObjectLockConfigurationNotFoundError')
    if (target?.ObjectLockConfiguration?.Rule !== undefined)
      throw new Error(`S3 delivers no access logs into ${TargetBucket ?? ''}, which locks what is stored`)
    const BucketLoggingStatus = { LoggingEnabled: { TargetBucket, TargetPrefix } }
    await s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus }))
  },
  async get(s3, Bucket) {
    const { LoggingEnabled: said } = await s3.send(new GetBucketLoggingCommand({ Bucket }))
    if (said === undefined) return null
    return { targetBucket: said.TargetBucket ?? '', targetPrefix: said.TargetPrefix ?? '' }
  },
  remove: (s3, Bucket) => s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} })),
})

const policy: Kind = {
  type: 'aws:s3/bucketPolicy:BucketPolicy',
  rules: { bucket: 'replaces', region: 'replaces', policy: 'updates' },
  required: ['bucket', 'policy'],
  refuses: ({ bucket, policy }) =>
    hasUnknown(bucket) || hasUnknown(policy) ? undefined : malformed(written(policy), written(bucket)),
  async make(cloud, inputs) {
    await putPolicy(cloud, inputs)
    return { id: written(inputs['bucket']) }
  },
  async read(cloud, id, known) {
    const said = await getPolicy(cloud, { ...known, bucket: id })
    return said === null ? null : { bucket: id, region: known['region'] ?? cloud.region, policy: said }
  },
  change: (cloud, _id, to) => putPolicy(cloud, to),
  remove: (cloud, id, known) => removePolicy(cloud, { ...known, bucket: id }),
}

/** What is set of buckets. */
export const bucketSettings: readonly Kind[] = [
  publicAccessBlock,
  ownership,
  versioning,
  encryption,
  objectLock,
  lifecycle,
  logging,
  policy,
]
