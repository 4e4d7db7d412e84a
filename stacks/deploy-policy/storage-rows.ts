import type { Row, Rows } from './row.ts'

/** A setting of a bucket: put to make and to change it, left with the bucket when it goes. */
function setting(file: string, reads: string, puts: string): Row {
  const put = { bucket: [puts] }
  return {
    source: `internal/service/s3/${file}.go`,
    holdsData: true,
    makes: put,
    reads: { bucket: ['s3:ListBucket', reads] },
    changes: put,
  }
}

/** Buckets, what lies in them, and their keys. */
export const storageRows: Rows = {
  'aws:s3/bucket:Bucket': {
    source: 'internal/service/s3/bucket.go',
    holdsData: true,
    // A bucket that is made to lock needs the rights to lock and to version it as well (Amazon S3 API, CreateBucket).
    makes: { bucket: ['s3:CreateBucket', 's3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning'] },
    // The provider reads every old setting of a bucket, also those that have a resource of their own.
    reads: {
      bucket: [
        's3:GetAccelerateConfiguration',
        's3:GetBucketAcl',
        's3:GetBucketCORS',
        's3:GetBucketLocation',
        's3:GetBucketLogging',
        's3:GetBucketObjectLockConfiguration',
        's3:GetBucketPolicy',
        's3:GetBucketRequestPayment',
        's3:GetBucketTagging',
        's3:GetBucketVersioning',
        's3:GetBucketWebsite',
        's3:GetEncryptionConfiguration',
        's3:GetLifecycleConfiguration',
        's3:GetReplicationConfiguration',
        's3:ListBucket',
        's3:ListTagsForResource',
      ],
    },
    // It has its tags from the first (terraform-provider-aws#45251), and the way of before where an account has no new one.
    tags: { bucket: ['s3:PutBucketTagging', 's3:TagResource', 's3:UntagResource'] },
  },
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': setting(
    'bucket_public_access_block',
    's3:GetBucketPublicAccessBlock',
    's3:PutBucketPublicAccessBlock',
  ),
  'aws:s3/bucketPolicy:BucketPolicy': setting('bucket_policy', 's3:GetBucketPolicy', 's3:PutBucketPolicy'),
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls': setting(
    'bucket_ownership_controls',
    's3:GetBucketOwnershipControls',
    's3:PutBucketOwnershipControls',
  ),
  'aws:s3/bucketVersioning:BucketVersioning': setting(
    'bucket_versioning',
    's3:GetBucketVersioning',
    's3:PutBucketVersioning',
  ),
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration': setting(
    'bucket_server_side_encryption_configuration',
    's3:GetEncryptionConfiguration',
    's3:PutEncryptionConfiguration',
  ),
  'aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration': setting(
    'bucket_object_lock_configuration',
    's3:GetBucketObjectLockConfiguration',
    's3:PutBucketObjectLockConfiguration',
  ),
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': setting(
    'bucket_lifecycle_configuration',
    's3:GetLifecycleConfiguration',
    's3:PutLifecycleConfiguration',
  ),
  'aws:s3/bucketLogging:BucketLogging': setting(
    'bucket_logging',
    's3:GetBucketLogging',
    's3:PutBucketLogging',
  ),
  'aws:s3/bucketObjectv2:BucketObjectv2': {
    source: 'internal/service/s3/object.go',
    makes: { settings: ['s3:PutObject'] },
    reads: { bucket: ['s3:ListBucket'], settings: ['s3:GetObject', 's3:GetObjectTagging'] },
    changes: { settings: ['s3:PutObject'] },
    tags: { settings: ['s3:PutObjectTagging'] },
    // An object goes with all its versions (deleteAllObjectVersions): of settings, which the estate has.
    removes: { bucket: ['s3:ListBucketVersions'], settings: ['s3:DeleteObject', 's3:DeleteObjectVersion'] },
  },
  'aws:kms/key:Key': {
    source: 'internal/service/kms/key.go',
    holdsData: true,
    makes: { newKey: ['kms:CreateKey', 'kms:TagResource'], key: ['kms:EnableKeyRotation'] },
    reads: {
      key: ['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:GetKeyRotationStatus', 'kms:ListResourceTags'],
    },
    changes: { key: ['kms:EnableKeyRotation', 'kms:PutKeyPolicy', 'kms:UpdateKeyDescription'] },
    tags: { key: ['kms:TagResource', 'kms:UntagResource'] },
  },
}
