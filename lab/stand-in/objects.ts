import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { placeOf } from './buckets.ts'
import { tagList, tagRecord, unlessGone } from './cloud.ts'
import type { Kind } from './kind.ts'
import { objectOf, type Properties, same, textOf, written } from './values.ts'

const gone = ['NoSuchKey', 'NoSuchBucket']
const body = ['content', 'contentType', 'metadata'] as const

/** aws:s3/bucketObjectv2:BucketObjectv2, id BUCKET/KEY in v7. Sources: internal/service/s3/object.go. */
export const bucketObject: Kind = {
  type: 'aws:s3/bucketObjectv2:BucketObjectv2',
  rules: {
    bucket: 'replaces', // ForceNew
    key: 'replaces', // ForceNew
    region: 'replaces', // "Enhanced Region Support in AWS"
    content: 'updates', // put again: a new version
    contentType: 'updates',
    metadata: 'updates',
    tags: 'updates',
  },
  required: ['bucket', 'key', 'content'],
  computed: ['etag', 'versionId', 'tagsAll'],
  refuses: ({ key, tags }) => {
    if (Buffer.byteLength(written(key)) > 1024) return 'S3 takes no key of more than 1,024 bytes (KeyTooLong)'
    const count = Object.keys(objectOf(tags)).length
    return count > 10 ? `S3 takes 10 tags of an object, not ${count} (BadRequest)` : undefined
  },
  async make(cloud, inputs) {
    await put(cloud.s3(textOf(inputs['region']) ?? cloud.region), inputs)
    return { id: `${written(inputs['bucket'])}/${written(inputs['key'])}` }
  },
  async read(cloud, id, known) {
    const [Bucket = '', ...rest] = id.split('/')
    const Key = rest.join('/')
    const { s3 } = placeOf(cloud, known)
    const found = await unlessGone(s3.send(new GetObjectCommand({ Bucket, Key })), ...gone)
    if (found === null) return null
    const tags = tagRecord((await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet)
    const metadata = found.Metadata ?? {}
    return {
      bucket: Bucket,
      key: Key,
      region: known['region'] ?? cloud.region,
      content: (await found.Body?.transformToString()) ?? '',
      contentType: found.ContentType ?? null,
      metadata: Object.keys(metadata).length === 0 ? null : metadata,
      tags,
      tagsAll: tags,
      etag: (found.ETag ?? '').replaceAll('"', ''),
      versionId: found.VersionId ?? '',
    }
  },
  async change(cloud, id, to, from) {
    const { s3, Bucket } = placeOf(cloud, to)
    // Tags alone make no new version (resourceObjectUpdate).
    if (body.some((name) => !same(to[name], from[name]))) return put(s3, to)
    const TagSet = tagList(objectOf(to['tags']))
    const Key = id.slice(Bucket.length + 1)
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }))
  },
  async remove(cloud, id, known) {
    const [Bucket = '', ...rest] = id.split('/')
    const Key = rest.join('/')
    const { s3 } = placeOf(cloud, known)
    // The provider removes every version of an object that it has put (deleteAllObjectVersions).
    const asked = s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key }))
    const found = await unlessGone(asked, ...gone)
    for (const one of [...(found?.Versions ?? []), ...(found?.DeleteMarkers ?? [])])
      if (one.Key === Key) await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: one.VersionId }))
  },
}

async function put(s3: S3Client, inputs: Properties): Promise<void> {
  const tags = new URLSearchParams()
  for (const { Key, Value } of tagList(objectOf(inputs['tags']))) tags.append(Key, Value)
  const metadata = Object.entries(objectOf(inputs['metadata'])).map(([key, value]) => [key, written(value)])
  await s3.send(
    new PutObjectCommand({
      Bucket: textOf(inputs['bucket']),
      Key: textOf(inputs['key']),
      Body: written(inputs['content']),
      ContentType: textOf(inputs['contentType']),
      Metadata: Object.fromEntries(metadata) as Record<string, string>,
      Tagging: tags.toString(),
    }),
  )
}
