import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { arnOfBucket, partitionOf } from '../arn.ts'
import { keyPolicy, storePolicy } from '../policies.ts'
import { privateBucket } from './private-bucket.ts'

export type OffsiteStoreArgs = {
  readonly bucket: string
  readonly account: string
  readonly region: string
  /** ARN of the user or role that alone may weaken the store. */
  readonly keeper: string
  readonly lockMode: 'governance' | 'compliance'
  /** Days during which a stored object can be neither changed nor deleted. */
  readonly lockDays: number
  /** Days after which an overwritten or deleted version goes: more than those of the lock. */
  readonly oldVersionDays: number
  readonly logBucket: pulumi.Input<string>
  readonly tags: Readonly<Record<string, string>>
}

/** A bucket that backups can be written to but, inside the lock period, not removed from, with a key of its own. */
export class OffsiteStore extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>
  readonly keyArn: pulumi.Output<string>

  constructor(name: string, args: OffsiteStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super('upkeep:backup:OffsiteStore', name, args, opts)
    const { bucket, account, region, keeper, tags } = args
    if (args.oldVersionDays <= args.lockDays)
      throw new pulumi.RunError(`${name}: old versions would go while they are locked`)
    const kept = { parent: this, retainOnDelete: true }
    // Who loses the key has lost every backup: as protected as the bucket.
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        region,
        tags,
        description: `Backups in ${bucket}`,
        enableKeyRotation: true,
        // The longest that there is: a deletion can be stopped as long.
        deletionWindowInDays: 30,
        policy: keyPolicy(account, partitionOf(region), keeper),
      },
      { ...kept, protect: true },
    )
    const policy = key.arn.apply((arn) => storePolicy(arnOfBucket(bucket, region), arn, keeper))
    const made = privateBucket(name, { bucket, region, tags, canLock: true, policy, keyArn: key.arn }, this)
    const of = { bucket: made.bucket.id, region }
    // S3 takes a lock and a lifecycle of old versions for a versioned bucket only.
    const afterVersions = { ...kept, dependsOn: [made.versioning] }
    new aws.s3.BucketObjectLockConfiguration(
      `${name}-lock`,
      {
        ...of,
        rule: {
          defaultRetention: {
            mode: args.lockMode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
            days: args.lockDays,
          },
        },
      },
      afterVersions,
    )
    new aws.s3.BucketLifecycleConfiguration(
      `${name}-expire`,
      { ...of, rules: [oldVersionsGo(args.oldVersionDays)] },
      afterVersions,
    )
    new aws.s3.BucketLogging(
      `${name}-log`,
      { ...of, targetBucket: args.logBucket, targetPrefix: `${bucket}/` },
      kept,
    )
    this.bucketName = made.bucket.bucket
    this.keyArn = key.arn
    this.registerOutputs({ bucketName: this.bucketName, keyArn: this.keyArn })
  }
}

/** The rule of lifecycle: current objects never expire; old versions, left-over markers and broken uploads do. */
function oldVersionsGo(days: number) {
  return {
    id: 'old-versions',
    status: 'Enabled',
    filter: { prefix: '' },
    noncurrentVersionExpiration: { noncurrentDays: days },
    expiration: { expiredObjectDeleteMarker: true },
    abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
  }
}
