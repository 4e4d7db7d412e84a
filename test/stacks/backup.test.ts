import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import * as pulumi from '@pulumi/pulumi'
import { readEstate } from '../../core/estate/read.ts'
import { programOf } from '../../stacks/program.ts'
import { deciding, type Stated } from './evaluate.ts'
import { recording, settled } from './recorded.ts'

// What the program asks for, with the engine's own mocks. That AWS takes it, that an edit replaces nothing and that state
// holds no secret is not shown here: that takes an engine and a provider.

const recorded = recording()
const file = join(import.meta.dirname, '../schemas/estates/valid/offsite.yaml')
const read = readEstate(file, readFileSync(file, 'utf8'))
assert.ok(read.ok)
const { estate } = read.value
const program = programOf('backup-lab', estate)
assert.ok(program.ok)
const made = (await program.value()) as Record<string, Record<string, pulumi.Output<string>>>
// Resources are registered in their own time: the outputs of the last ones are known when all are.
for (const tier of ['core', 'data']) await settled(secretOf(tier))
await pulumi.runtime.disconnect()

function secretOf(tier: string): pulumi.Output<string> {
  const secret = made[tier]?.['secretAccessKey']
  assert.ok(secret)
  return secret
}

const of = (type: string) => recorded.filter((one) => one.type === `aws:${type}`)
const named = (name: string) => {
  const found = recorded.filter((one) => one.name === name && one.type.startsWith('aws:'))
  const [only] = found
  assert.ok(only !== undefined && found.length === 1, `${name}: ${found.length}`)
  return only.inputs
}
const statements = (name: string) =>
  (JSON.parse(String(named(name)['policy'])) as { Statement: readonly Stated[] }).Statement

test('each tier has a bucket that can lock, and the logs one that can not', () => {
  const buckets = of('s3/bucket:Bucket').map(({ inputs }) => [
    inputs['bucket'],
    inputs['objectLockEnabled'] === true,
  ])
  assert.deepEqual(buckets.sort(), [
    ['acme-123456789012-core', true],
    ['acme-123456789012-data', true],
    ['acme-123456789012-log', false],
  ])
  assert.ok(of('s3/bucket:Bucket').every(({ inputs }) => inputs['forceDestroy'] === false))
})

test('a lock is of the mode and days of its tier', () => {
  assert.deepEqual(named('offsite-core-lock')['rule'], { defaultRetention: { mode: 'COMPLIANCE', days: 35 } })
  assert.deepEqual(named('offsite-data-lock')['rule'], { defaultRetention: { mode: 'GOVERNANCE', days: 90 } })
})

test('old versions go after the lock, and current objects of a store never', () => {
  for (const [tier, days] of [
    ['core', 42],
    ['data', 120],
  ] as const) {
    const [rule] = named(`offsite-${tier}-expire`)['rules'] as readonly Record<string, unknown>[]
    assert.deepEqual(rule?.['noncurrentVersionExpiration'], { noncurrentDays: days })
    assert.deepEqual(rule?.['expiration'], { expiredObjectDeleteMarker: true })
  }
})

test('every bucket is versioned, closed, encrypted, without ACLs and in the region of the estate', () => {
  for (const name of ['offsite-core', 'offsite-data', 'offsite-log']) {
    assert.deepEqual(named(`${name}-versions`)['versioningConfiguration'], { status: 'Enabled' })
    assert.deepEqual(named(`${name}-owner`)['rule'], { objectOwnership: 'BucketOwnerEnforced' })
    const closed = named(`${name}-private`)
    for (const key of ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'])
      assert.equal(closed[key], true)
    const [rule] = named(`${name}-encryption`)['rules'] as readonly Record<string, Record<string, string>>[]
    const { sseAlgorithm } = rule?.['applyServerSideEncryptionByDefault'] ?? {}
    assert.equal(sseAlgorithm, name === 'offsite-log' ? 'AES256' : 'aws:kms')
  }
  const elsewhere = recorded.filter(
    ({ type, inputs }) => /^aws:(s3|kms)/.test(type) && inputs['region'] !== 'ap-southeast-1',
  )
  assert.deepEqual(elsewhere, [])
})

test('buckets and keys are protected, and stay with their settings when they leave the program', () => {
  for (const { type, name, protect, retainOnDelete } of recorded) {
    const holdsData = /(s3\/bucket:Bucket|kms\/key:Key)$/.test(type)
    assert.equal(protect, holdsData, name)
    if (/^aws:(s3|kms)/.test(type)) assert.ok(retainOnDelete, name)
  }
})

test('access to a store is logged', () => {
  for (const tier of ['core', 'data']) {
    assert.equal(named(`offsite-${tier}-log`)['targetBucket'], 'acme-123456789012-log')
  }
})

test('the provider works in the account of the estate alone', () => {
  const [provider] = recorded.filter(({ type }) => type === 'pulumi:providers:aws')
  assert.deepEqual(JSON.parse(String(provider?.inputs['allowedAccountIds'])), ['123456789012'])
})

const bucket = 'arn:aws:s3:::acme-123456789012-core'
const object = `${bucket}/data/00/00ff`
const tls = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' }
const keeper = 'arn:aws:iam::123456789012:role/upkeep-deploy'
const other = 'arn:aws:iam::123456789012:user/upkeep/backup-writer/acme-123456789012-core'

test('nobody speaks to a bucket without TLS, or with an old one (judged by the evaluator of these tests)', () => {
  for (const name of ['offsite-core', 'offsite-log']) {
    const policy = statements(`${name}-policy`)
    const at = name === 'offsite-core' ? object : 'arn:aws:s3:::acme-123456789012-log/x'
    const keys = { ...tls, 'aws:PrincipalArn': keeper }
    const get = { action: 's3:GetObject', resource: at }
    assert.equal(deciding(policy, { ...get, keys: { ...keys, 'aws:SecureTransport': 'false' } }), 'OnlyTls')
    assert.equal(deciding(policy, { ...get, keys: { ...keys, 's3:TlsVersion': '1.1' } }), 'OnlyNewTls')
    assert.equal(deciding(policy, { ...get, keys: { ...keys, 's3:TlsVersion': '1.2' } }), null)
  }
})

// What ends or opens a protection of a bucket, from the list of actions of Amazon S3; not the program's own list.
const weakening = [
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
]

test('nobody but the keeper weakens a store (judged by the evaluator of these tests)', () => {
  const policy = statements('offsite-core-policy')
  for (const action of weakening) {
    const resource = /Object(Version|Retention|LegalHold)$|Bypass/.test(action) ? object : bucket
    const by = (arn: string) =>
      deciding(policy, { action, resource, keys: { ...tls, 'aws:PrincipalArn': arn } })
    assert.equal(by(other), 'OnlyTheKeeperWeakens', action)
    assert.equal(by(`${keeper}-2`), 'OnlyTheKeeperWeakens', action)
    assert.equal(by(keeper), null, action)
  }
})

test('an object under another key is refused, one without a key takes that of the store', () => {
  const policy = statements('offsite-core-policy')
  const header = 's3:x-amz-server-side-encryption-aws-kms-key-id'
  const put = (keys: Record<string, string>) =>
    deciding(policy, {
      action: 's3:PutObject',
      resource: object,
      keys: { ...tls, 'aws:PrincipalArn': other, ...keys },
    })
  assert.equal(put({}), null)
  assert.equal(put({ [header]: 'arn:aws:kms:ap-southeast-1:999999999999:key/x' }), 'OnlyTheKeyOfTheStore')
  assert.equal(put({ [header]: 'arn:aws:kms:ap-southeast-1:123456789012:key/offsite-core-key' }), null)
})

test('a writer adds, reads, and deletes the locks of restic alone', () => {
  const policy = statements('writer-core-policy')
  const may = (action: string, resource: string) => deciding(policy, { action, resource })
  assert.equal(may('s3:PutObject', object), 'ReadAndWrite')
  assert.equal(may('s3:DeleteObject', `${bucket}/erp/locks/1`), 'EndLocksOfRestic')
  assert.equal(may('s3:DeleteObject', `${bucket}/locks/1`), 'EndLocksOfRestic')
  assert.equal(may('s3:DeleteObject', object), null)
  assert.equal(may('s3:PutObject', 'arn:aws:s3:::acme-123456789012-data/x'), null)
  for (const action of weakening) assert.equal(may(action, object) ?? may(action, bucket), null, action)
})

test('the key of a store turns, and nobody but the keeper ends it', () => {
  const key = named('offsite-core-key')
  assert.equal(key['enableKeyRotation'], true)
  assert.equal(key['deletionWindowInDays'], 30)
  const by = (arn: string) =>
    deciding(statements('offsite-core-key'), {
      action: 'kms:ScheduleKeyDeletion',
      resource: '*',
      keys: { 'aws:PrincipalArn': arn },
    })
  assert.equal(by(other), 'OnlyTheKeeperEnds')
  assert.equal(by(keeper), 'AccountDecides')
})

test('the access key of a writer is a secret output', async () => {
  const { value, secret } = await settled(secretOf('core'))
  assert.deepEqual({ value, secret }, { value: 'correct-horse', secret: true })
})

test('everything that can be is marked with estate, stack and tier', () => {
  for (const { type, name, inputs } of recorded) {
    if (!/(s3\/bucket:Bucket|kms\/key:Key|iam\/user:User)$/.test(type)) continue
    const tier = /core|data/.exec(name)?.[0]
    assert.deepEqual(inputs['tags'], {
      'upkeep:estate': 'acme',
      'upkeep:stack': 'backup',
      ...(tier === undefined ? {} : { 'upkeep:tier': tier }),
    })
  }
})
