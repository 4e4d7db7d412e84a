import { keeper } from '../../lab/cloud/identity.ts'
import type { Properties } from '../../lab/stand-in/values.ts'
import { keyPolicy, logPolicy, storePolicy, writerPolicy } from '../../stacks/policies.ts'
import { region } from './cloud.ts'

export const account = '123456789012'
export const bucket = 'upkeep-test-core'
export const log = 'upkeep-test-log'
const arn = `arn:aws:s3:::${bucket}`
export const keyArn = `arn:aws:kms:${region}:${account}:key/k`
const tags = { 'upkeep:estate': 'test' }
export const of = { bucket, region }
export const versions = 'aws:s3/bucketVersioning:BucketVersioning'

/** Inputs for each type as the programs of stacks/ say them, in an order in which AWS takes them. */
export const said: readonly (readonly [type: string, inputs: Properties])[] = [
  [
    'aws:kms/key:Key',
    {
      region,
      tags,
      description: 'Backups',
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: keyPolicy(account, 'aws', keeper.arn),
    },
  ],
  ['aws:s3/bucket:Bucket', { bucket: log, region, tags, forceDestroy: false }],
  [
    'aws:s3/bucketPolicy:BucketPolicy',
    { bucket: log, region, policy: logPolicy(`arn:aws:s3:::${log}`, account) },
  ],
  ['aws:s3/bucket:Bucket', { ...of, tags, forceDestroy: false, objectLockEnabled: true }],
  [
    'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
    {
      ...of,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
  ],
  ['aws:s3/bucketPolicy:BucketPolicy', { ...of, policy: storePolicy(arn, keyArn, keeper.arn) }],
  [
    'aws:s3/bucketOwnershipControls:BucketOwnershipControls',
    { ...of, rule: { objectOwnership: 'BucketOwnerEnforced' } },
  ],
  [versions, { ...of, versioningConfiguration: { status: 'Enabled' } }],
  [
    'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
    {
      ...of,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn },
          bucketKeyEnabled: true,
        },
      ],
    },
  ],
  [
    'aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration',
    { ...of, rule: { defaultRetention: { mode: 'COMPLIANCE', days: 2 } } },
  ],
  [
    'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
    {
      ...of,
      rules: [
        {
          id: 'old-versions',
          status: 'Enabled',
          filter: { prefix: '' },
          noncurrentVersionExpiration: { noncurrentDays: 9 },
          expiration: { expiredObjectDeleteMarker: true },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    },
  ],
  ['aws:s3/bucketLogging:BucketLogging', { ...of, targetBucket: log, targetPrefix: `${bucket}/` }],
  ['aws:iam/user:User', { name: bucket, path: '/upkeep/backup-writer/', tags }],
  ['aws:iam/userPolicy:UserPolicy', { user: bucket, name: 'write', policy: writerPolicy(arn, keyArn) }],
  ['aws:iam/accessKey:AccessKey', { user: bucket }],
]
