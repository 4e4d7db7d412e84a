import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { arnOfBucket } from '../arn.ts'
import { logPolicy } from '../policies.ts'
import { privateBucket } from './private-bucket.ts'

export type LogBucketArgs = {
  readonly bucket: string
  readonly account: string
  readonly region: string
  readonly tags: Readonly<Record<string, string>>
}

/** Days that access logs are kept: a year, so that the last yearly review can be followed up. */
const logDays = 400

/**
 * The bucket for access logs of stores. S3 delivers none into a bucket that locks, nor under a key of KMS (Amazon S3,
 * "Enabling server access logging"): it has neither.
 */
export class LogBucket extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>

  constructor(name: string, args: LogBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super('upkeep:backup:LogBucket', name, args, opts)
    const { bucket, account, region, tags } = args
    const policy = logPolicy(arnOfBucket(bucket, region), account)
    const made = privateBucket(name, { bucket, region, tags, canLock: false, policy }, this)
    new aws.s3.BucketLifecycleConfiguration(
      `${name}-expire`,
      {
        bucket: made.bucket.id,
        region,
        rules: [
          {
            id: 'old-logs',
            status: 'Enabled',
            filter: { prefix: '' },
            expiration: { days: logDays },
            noncurrentVersionExpiration: { noncurrentDays: 30 },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          },
        ],
      },
      { parent: this, retainOnDelete: true, dependsOn: [made.versioning] },
    )
    // S3 takes it as the place of logs only when its policy lets S3 write there: whoever uses it comes after that.
    this.bucketName = made.policy.bucket
    this.registerOutputs({ bucketName: this.bucketName })
  }
}
