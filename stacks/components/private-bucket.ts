import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'

/** What every bucket of a stack has. */
export type PrivateBucketArgs = {
  readonly bucket: string
  readonly region: string
  readonly tags: Readonly<Record<string, string>>
  /** Whether the bucket can lock objects: only new buckets can be given that, and keep it for ever. */
  readonly canLock: boolean
  readonly policy: pulumi.Input<string>
  /** A key of KMS; without one S3's own keys. */
  readonly keyArn?: pulumi.Input<string>
}

/**
 * A bucket that no public rule can open, without ACLs, versioned and encrypted, with its policy. Data is in it: it is
 * protected, and stays in the account when it leaves the program.
 */
export function privateBucket(
  name: string,
  { bucket, region, tags, canLock, policy, keyArn }: PrivateBucketArgs,
  parent: pulumi.Resource,
): {
  readonly bucket: aws.s3.Bucket
  readonly versioning: aws.s3.BucketVersioning
  readonly policy: aws.s3.BucketPolicy
} {
  // To leave the program must never weaken what stays: so the settings stay with the bucket.
  const kept = { parent, retainOnDelete: true }
  const made = new aws.s3.Bucket(
    name,
    { bucket, region, tags, forceDestroy: false, ...(canLock ? { objectLockEnabled: true } : {}) },
    { ...kept, protect: true },
  )
  const of = { bucket: made.id, region }
  const closed = new aws.s3.BucketPublicAccessBlock(
    `${name}-private`,
    {
      ...of,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    kept,
  )
  // S3 refuses two changes of one bucket's access at once: one after the other.
  const policed = new aws.s3.BucketPolicy(
    `${name}-policy`,
    { ...of, policy },
    { ...kept, dependsOn: [closed] },
  )
  new aws.s3.BucketOwnershipControls(
    `${name}-owner`,
    { ...of, rule: { objectOwnership: 'BucketOwnerEnforced' } },
    { ...kept, dependsOn: [policed] },
  )
  const versioning = new aws.s3.BucketVersioning(
    `${name}-versions`,
    { ...of, versioningConfiguration: { status: 'Enabled' } },
    kept,
  )
  new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    {
      ...of,
      rules: [
        keyArn === undefined
          ? { applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }
          : {
              applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn },
              // One call of KMS for many objects: cost.
              bucketKeyEnabled: true,
            },
      ],
    },
    kept,
  )
  return { bucket: made, versioning, policy: policed }
}
