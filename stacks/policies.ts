/** A statement of a policy document of AWS; exactly the elements that are used here. */
export type Statement = {
  readonly Sid: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Principal?: '*' | { readonly AWS: string } | { readonly Service: string }
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: Condition
}

/** When a statement applies: values, or lists of which one must meet, by operator and key. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>

/** A policy document as text: the same statements give the same text, so a preview shows no change that is none. */
export function policyText(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

/** What ends or weakens a protection of a store, in the list of actions of S3. */
export const weakening = [
  's3:BypassGovernanceRetention',
  's3:DeleteBucket',
  's3:DeleteBucketPolicy',
  's3:DeleteObjectVersion',
  's3:PutBucketAcl',
  's3:PutBucketLogging',
  's3:PutBucketObjectLockConfiguration',
  's3:PutBucketOwnershipControls',
  's3:PutBucketPolicy',
  's3:PutBucketPublicAccessBlock',
  's3:PutBucketVersioning',
  's3:PutEncryptionConfiguration',
  's3:PutLifecycleConfiguration',
  's3:PutObjectLegalHold',
  's3:PutObjectRetention',
  's3:PutReplicationConfiguration',
] as const

/** Statements that let nobody speak to a bucket without TLS, or with one that is older than 1.2. */
export function onlyTls(bucketArn: string): readonly Statement[] {
  const all = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [bucketArn, `${bucketArn}/*`],
  } as const
  return [
    { Sid: 'OnlyTls', ...all, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    { Sid: 'OnlyNewTls', ...all, Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } } },
  ]
}

/**
 * The policy of a store: TLS only, its own key only, and nobody but the keeper (an ARN) may weaken it. The keeper stays
 * able to change the policy: a denial of everybody would lock out who has to mend it.
 */
export function storePolicy(bucketArn: string, keyArn: string, keeper: string): string {
  return policyText([
    ...onlyTls(bucketArn),
    {
      Sid: 'OnlyTheKeeperWeakens',
      Effect: 'Deny',
      Principal: '*',
      Action: weakening,
      Resource: [bucketArn, `${bucketArn}/*`],
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': keeper } },
    },
    {
      // A writer who names no key gets the bucket's own; only one who names another is refused.
      Sid: 'OnlyTheKeyOfTheStore',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `${bucketArn}/*`,
      Condition: {
        Null: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'false' },
        StringNotEquals: { 's3:x-amz-server-side-encryption-aws-kms-key-id': keyArn },
      },
    },
  ])
}

/** The policy of the bucket for access logs: TLS only, and only S3 itself writes, for buckets of this account. */
export function logPolicy(bucketArn: string, account: string): string {
  return policyText([
    ...onlyTls(bucketArn),
    {
      Sid: 'S3WritesLogs',
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `${bucketArn}/*`,
      Condition: { StringEquals: { 'aws:SourceAccount': account } },
    },
  ])
}

/**
 * What a host that backs up may do: read and write, and delete the locks of restic alone. It can delete no version, and
 * change nothing of the bucket.
 */
export function writerPolicy(bucketArn: string, keyArn: string): string {
  return policyText([
    {
      Sid: 'ListStore',
      Effect: 'Allow',
      Action: ['s3:GetBucketLocation', 's3:ListBucket'],
      Resource: bucketArn,
    },
    {
      Sid: 'ReadAndWrite',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: `${bucketArn}/*`,
    },
    // A store holds a repository at its top or one in each directory.
    {
      Sid: 'EndLocksOfRestic',
      Effect: 'Allow',
      Action: 's3:DeleteObject',
      Resource: [`${bucketArn}/locks/*`, `${bucketArn}/*/locks/*`],
    },
    {
      Sid: 'UseKey',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: keyArn,
    },
  ])
}

/** The policy of a key: the account's own identities decide, and nobody but the keeper disables or deletes it. */
export function keyPolicy(account: string, partition: string, keeper: string): string {
  return policyText([
    {
      Sid: 'AccountDecides',
      Effect: 'Allow',
      Principal: { AWS: `arn:${partition}:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    },
    {
      Sid: 'OnlyTheKeeperEnds',
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: ['kms:DisableKey', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion'],
      Resource: '*',
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': keeper } },
    },
  ])
}
