import {
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { type Cloud, unlessGone } from './cloud.ts'
import { placeOf } from './buckets.ts'
import { same, type Properties, written } from './values.ts'

/**
 * Bucket in which the texts of policies lie as they were said. moto ignores conditions: a denial of calls without TLS
 * denies every call there. So moto gets only what it can judge, and the whole text lies here, where drift can be read.
 */
export const asideBucket = 'upkeep-lab-aside'
const asideRegion = 'us-east-1'

type Statement = {
  readonly Effect?: string
  readonly Principal?: unknown
  readonly Condition?: unknown
  readonly Resource?: string | readonly string[]
}

/** The part of a policy that moto can judge: what has no condition, and allowances of services, which no user is. */
export function judgeable(policy: string): string | null {
  const document = JSON.parse(policy) as {
    readonly Version?: string
    readonly Statement: readonly Statement[]
  }
  const kept = document.Statement.filter((one) => one.Condition === undefined || isForService(one))
  if (kept.length === 0) return null
  const Statement = kept.map(({ Condition: _condition, ...rest }) => rest)
  return JSON.stringify({ Version: document.Version, Statement })
}

function isForService({ Effect, Principal }: Statement): boolean {
  return Effect === 'Allow' && typeof Principal === 'object' && Principal !== null && 'Service' in Principal
}

/** Why S3 would refuse a policy of this bucket ("MalformedPolicy"), in one sentence. */
export function malformed(policy: string, bucket: string): string | undefined {
  let statements: readonly Statement[]
  try {
    statements = (JSON.parse(policy) as { readonly Statement: readonly Statement[] }).Statement
  } catch {
    return 'S3 refuses a policy that is no JSON (MalformedPolicy)'
  }
  const foreign = statements
    .flatMap(({ Resource = [] }) => Resource)
    .find((arn) => !new RegExp(`^arn:aws[a-z-]*:s3:::${bucket.replaceAll('.', '\\.')}(/.*)?$`).test(arn))
  return foreign === undefined
    ? undefined
    : `S3 refuses a policy of ${bucket} that speaks of ${foreign} (MalformedPolicy)`
}

/** Puts a policy: whole aside, and into the bucket what moto can judge. */
export async function putPolicy(cloud: Cloud, inputs: Properties): Promise<void> {
  const { s3, Bucket } = placeOf(cloud, inputs)
  const text = written(inputs['policy'])
  const refusal = malformed(text, Bucket)
  if (refusal !== undefined) throw new Error(refusal)
  const inside = judgeable(text)
  if (inside === null) await s3.send(new DeleteBucketPolicyCommand({ Bucket }))
  else await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: inside }))
  await cloud.s3(asideRegion).send(new PutObjectCommand({ ...asideOf(Bucket), Body: text }))
}

/** The policy of a bucket: the whole text, or what somebody has put into moto by hand; `null` without one. */
export async function getPolicy(cloud: Cloud, known: Properties): Promise<string | null> {
  const { s3, Bucket } = placeOf(cloud, known)
  if ((await unlessGone(s3.send(new GetBucketLocationCommand({ Bucket })), 'NoSuchBucket')) === null)
    return null
  const found = await unlessGone(s3.send(new GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy')
  const aside = await unlessGone(
    cloud.s3(asideRegion).send(new GetObjectCommand(asideOf(Bucket))),
    'NoSuchKey',
  )
  const text = (await aside?.Body?.transformToString()) ?? null
  const inside = found?.Policy ?? null
  return text !== null && same(judgeable(text), inside) ? text : inside
}

/** Removes a policy from the bucket and from aside. */
export async function removePolicy(cloud: Cloud, known: Properties): Promise<void> {
  const { s3, Bucket } = placeOf(cloud, known)
  await unlessGone(s3.send(new DeleteBucketPolicyCommand({ Bucket })), 'NoSuchBucket')
  await cloud.s3(asideRegion).send(new DeleteObjectCommand(asideOf(Bucket)))
}

function asideOf(bucket: string): { Bucket: string; Key: string } {
  return { Bucket: asideBucket, Key: `bucket-policy/${bucket}` }
}
