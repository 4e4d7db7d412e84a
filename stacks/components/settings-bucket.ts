import { createHash } from 'node:crypto'
import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { settingsPolicy } from '../monitoring-policies.ts'
import { privateBucket } from './private-bucket.ts'

export type SettingsBucketArgs = {
  readonly bucket: string
  readonly region: string
  /** With a slash at its end. */
  readonly prefix: string
  /** Texts by name: what the host fetches. */
  readonly files: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}

/** What a monitoring host works by, an object each: a changed limit is a change of one object, and its old version stays. */
export class SettingsBucket extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>

  constructor(name: string, args: SettingsBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super('upkeep:monitoring:SettingsBucket', name, args, opts)
    const { bucket, region, prefix, files, tags } = args
    const policy = settingsPolicy(bucket, region)
    const made = privateBucket(name, { bucket, region, tags, canLock: false, policy }, this)
    for (const [file, content] of Object.entries(files))
      new aws.s3.BucketObjectv2(
        `${name}-${file}`,
        {
          bucket: made.bucket.id,
          region,
          key: `${prefix}${file}`,
          content,
          contentType: 'text/plain; charset=utf-8',
          // By it the host sees whether all of it came.
          metadata: { sha256: createHash('sha256').update(content).digest('hex') },
          tags,
        },
        { parent: this, dependsOn: [made.versioning] },
      )
    this.bucketName = made.bucket.bucket
    this.registerOutputs({ bucketName: this.bucketName })
  }
}
