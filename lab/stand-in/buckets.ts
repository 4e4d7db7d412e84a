import {
  CreateBucketCommand,
  type BucketLocationConstraint,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetObjectLockConfigurationCommand,
  PutBucketTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { type Cloud, tagList, tagRecord, unlessGone } from './cloud.ts'
import type { Kind } from './kind.ts'
import { hasUnknown, objectOf, type Properties, textOf, written } from './values.ts'

/** The region of a resource: its own, else the provider's ("Enhanced Region Support in AWS"). */
export function regionOf(cloud: Cloud, properties: Properties): string {
  return textOf(properties['region']) ?? cloud.region
}

/** Client of S3 for a resource, and the name of its bucket. */
export function placeOf(cloud: Cloud, properties: Properties): { s3: S3Client; Bucket: string } {
  return { s3: cloud.s3(regionOf(cloud, properties)), Bucket: textOf(properties['bucket']) ?? '' }
}

/** aws:s3/bucket:Bucket. Sources: the provider's page s3_bucket. */
export const bucket: Kind = {
  type: 'aws:s3/bucket:Bucket',
  rules: {
    bucket: 'replaces', // "Forces new resource"
    objectLockEnabled: 'replaces', // "Forces new resource"
    region: 'replaces', // "Enhanced Region Support in AWS": another region is another resource
    forceDestroy: 'updates', // only said to the provider, nothing in AWS
    tags: 'updates',
  },
  required: ['bucket'],
  defaults: { forceDestroy: false, objectLockEnabled: false },
  computed: ['arn', 'bucketRegion', 'tagsAll'],
  name: 'bucket',
  // Amazon S3, "General purpose bucket naming rules".
  refuses: ({ bucket }) =>
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(written(bucket)) || hasUnknown(bucket)
      ? undefined
      : `S3 takes no bucket of the name "${written(bucket)}"`,
  async make(cloud, inputs) {
    const { s3, Bucket } = placeOf(cloud, inputs)
    const region = regionOf(cloud, inputs)
    await s3.send(
      new CreateBucketCommand({
        Bucket,
        ...(inputs['objectLockEnabled'] === true ? { ObjectLockEnabledForBucket: true } : {}),
        ...(region === 'us-east-1'
          ? {}
          : { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }),
      }),
    )
    await tag(s3, Bucket, inputs)
    return { id: Bucket }
  },
  async read(cloud, id, known) {
    const region = regionOf(cloud, known)
    const s3 = cloud.s3(region)
    const found = await unlessGone(s3.send(new GetBucketLocationCommand({ Bucket: id })), 'NoSuchBucket')
    if (found === null) return null
    const bucketRegion = found.LocationConstraint ?? 'us-east-1'
    const tags = await unlessGone(s3.send(new GetBucketTaggingCommand({ Bucket: id })), 'NoSuchTagSet')
    const said = tagRecord(tags?.TagSet)
    return {
      bucket: id,
      region: bucketRegion,
      objectLockEnabled: await locks(s3, id),
      forceDestroy: known['forceDestroy'] ?? false,
      tags: said,
      tagsAll: said,
      arn: `arn:aws:s3:::${id}`,
      bucketRegion,
    }
  },
  async change(cloud, id, to) {
    await tag(cloud.s3(regionOf(cloud, to)), id, to)
  },
  async remove(cloud, id, known) {
    // With forceDestroy the real provider empties the bucket first: no program of the lab says that.
    const gone = cloud.s3(regionOf(cloud, known)).send(new DeleteBucketCommand({ Bucket: id }))
    await unlessGone(gone, 'NoSuchBucket')
  },
}

/** Whether a bucket can lock objects. */
export async function locks(s3: S3Client, Bucket: string): Promise<boolean> {
  const found = await unlessGone(
    s3.send(new GetObjectLockConfigurationCommand({ Bucket })),
    'ObjectLockConfigurationNotFoundError',
  )
  return found?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled'
}

async function tag(s3: S3Client, Bucket: string, inputs: Properties): Promise<void> {
  const TagSet = tagList(objectOf(inputs['tags']))
  if (TagSet.length === 0) await s3.send(new DeleteBucketTaggingCommand({ Bucket }))
  else await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
}
