import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DeleteUserPolicyCommand, GetUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { DisableKeyRotationCommand, ListKeysCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import {
  DeleteBucketLifecycleCommand,
  GetBucketPolicyCommand,
  ListBucketsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3'
import { kinds } from '../../lab/stand-in/kinds.ts'
import { standIn, type Provider } from '../../lab/stand-in/provider.ts'
import { type Properties, written } from '../../lab/stand-in/values.ts'
import { storePolicy } from '../../stacks/policies.ts'
import { byHand, type OwnMoto, ownMoto, region } from './cloud.ts'
import { account, bucket, keyArn, log, of, said, versions } from './said.ts'
import { scene } from './scene.ts'

// The stand-in for the AWS provider, against moto, without an engine: who refused is said in each name.

describe('the stand-in for the AWS provider, with moto', () => {
  let moto: OwnMoto
  let provider: Provider
  const made = new Map<string, { id: string; state: Properties; inputs: Properties }>()

  before(async () => {
    moto = await ownMoto()
    provider = standIn({ url: moto.url, ...moto.key })
    await provider.configure({ region, allowedAccountIds: JSON.stringify([account]) })
  })
  after(() => moto.end())

  const one = (type: string) => {
    const found = made.get(type)
    assert.ok(found, type)
    return found
  }
  const readNow = (type: string) => {
    const { id, state, inputs } = one(type)
    return provider.read(type, id, { state, inputs })
  }
  const driftOf = async (type: string) => {
    const found = await readNow(type)
    assert.ok(found, `${type} is gone`)
    return provider.diff(type, found.inputs, one(type).inputs).differences.map(({ property }) => property)
  }

  test('a preview makes nothing, and does not know what only AWS can say', async () => {
    for (const [type, inputs] of said) {
      const { id, state } = await provider.create(type, inputs, true)
      assert.equal(id, '')
      if (type === 'aws:kms/key:Key') assert.match(written(state['arn']), /^04da6b54-/)
    }
    const { s3, kms, iam } = byHand(moto)
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}))
    assert.deepEqual(
      Buckets.map(({ Name }) => Name),
      ['upkeep-lab-aside'],
    )
    assert.deepEqual((await kms.send(new ListKeysCommand({}))).Keys, [])
    await assert.rejects(iam.send(new GetUserCommand({ UserName: bucket })), {
      name: 'NoSuchEntityException',
    })
  })

  test('every type of the program `backup` is made, and then read as it was said', async () => {
    for (const [type, inputs] of said) {
      assert.deepEqual(provider.check(type, inputs), [])
      const kept = await provider.create(type, inputs, false)
      made.set(type, { ...kept, inputs })
      const found = await provider.read(type, kept.id, { state: unmarked(kept.state), inputs })
      assert.ok(found)
      assert.deepEqual(provider.diff(type, found.inputs, inputs).differences, [], type)
      assert.deepEqual(found.state, kept.state, type)
    }
    const others = Object.values(scene).map(({ type }) => type)
    const all = new Set([...made.keys(), ...others])
    assert.deepEqual([...all].sort(), kinds.map(({ type }) => type).sort())
  })

  test('what somebody made can be taken over: by its id alone its inputs are those that make it', async () => {
    for (const [type, { id, inputs }] of made) {
      // Of a key of IAM only its user says where to look.
      const asked = type === 'aws:iam/accessKey:AccessKey' ? { user: bucket } : {}
      const found = await provider.read(type, id, { state: {}, inputs: asked })
      assert.ok(found)
      assert.deepEqual(provider.diff(type, found.inputs, inputs).differences, [], type)
    }
  })

  test('the secret of a key is marked as one, and in no other property', () => {
    const { state } = one('aws:iam/accessKey:AccessKey')
    const mark = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270' }
    const { value, ...rest } = state['secret'] as Record<string, string>
    assert.deepEqual(rest, mark)
    assert.equal(JSON.stringify({ ...state, secret: '' }).includes(value ?? 'no secret'), false)
  })

  test('what was changed by hand is found, property by property', async () => {
    const { s3, kms, iam } = byHand(moto)
    const TagSet = [{ Key: 'who', Value: 'me' }]
    await s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }))
    assert.deepEqual(await driftOf('aws:s3/bucket:Bucket'), ['tags'])
    await kms.send(new DisableKeyRotationCommand({ KeyId: one('aws:kms/key:Key').id }))
    assert.deepEqual(await driftOf('aws:kms/key:Key'), ['enableKeyRotation'])
    const ObjectLockConfiguration = {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
    } as const
    await s3.send(new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration }))
    assert.deepEqual(await driftOf('aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration'), [
      'rule',
    ])
    const all = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
    const PolicyDocument = JSON.stringify(all)
    await iam.send(new PutUserPolicyCommand({ UserName: bucket, PolicyName: 'write', PolicyDocument }))
    assert.deepEqual(await driftOf('aws:iam/userPolicy:UserPolicy'), ['policy'])
  })

  test('an update brings back what was changed', async () => {
    const changed = [
      'aws:s3/bucket:Bucket',
      'aws:kms/key:Key',
      'aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration',
      'aws:iam/userPolicy:UserPolicy',
    ]
    for (const type of changed) {
      const { id, inputs } = one(type)
      const found = await readNow(type)
      assert.ok(found)
      const change = { from: found.inputs, to: inputs, state: found.state }
      await provider.update(type, id, { ...change, preview: true })
      assert.notDeepEqual(await driftOf(type), [], `${type}: a preview has changed it`)
      await provider.update(type, id, { ...change, preview: false })
      assert.deepEqual(await driftOf(type), [], type)
    }
  })

  test('what was removed by hand is gone for it: settings, a policy, a key that waits for its deletion', async () => {
    const { s3, kms, iam } = byHand(moto)
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket: bucket }))
    assert.equal(await readNow('aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration'), null)
    await iam.send(new DeleteUserPolicyCommand({ UserName: bucket, PolicyName: 'write' }))
    assert.equal(await readNow('aws:iam/userPolicy:UserPolicy'), null)
    const KeyId = one('aws:kms/key:Key').id
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))
    assert.equal(await readNow('aws:kms/key:Key'), null)
  })

  test('a change of lock, region or name of a bucket replaces it, of tags not', () => {
    const from = one('aws:s3/bucket:Bucket').inputs
    const replaces = (change: Properties) => {
      const { differences, deletesFirst } = provider.diff('aws:s3/bucket:Bucket', from, {
        ...from,
        ...change,
      })
      return [differences.some((difference) => difference.replaces), deletesFirst]
    }
    assert.deepEqual(replaces({ objectLockEnabled: false }), [true, true])
    assert.deepEqual(replaces({ region: 'eu-west-1' }), [true, true])
    assert.deepEqual(replaces({ bucket: 'another-name' }), [true, false])
    assert.deepEqual(replaces({ tags: {} }), [false, false])
  })

  test('the stand-in refuses, as S3 does and moto does not, to suspend the versions of a bucket that locks', async () => {
    const to = { ...of, versioningConfiguration: { status: 'Suspended' } }
    const change = { from: one(versions).inputs, to, state: {}, preview: false }
    await assert.rejects(provider.update(versions, bucket, change), /InvalidBucketState/)
    await assert.rejects(provider.remove(versions, bucket, of), /InvalidBucketState/)
    assert.deepEqual(await driftOf(versions), [])
  })

  test('the stand-in refuses, as S3 does and moto does not, access logs in a bucket that locks', async () => {
    const inputs = { bucket: log, region, targetBucket: bucket, targetPrefix: 'x/' }
    await assert.rejects(
      provider.create('aws:s3/bucketLogging:BucketLogging', inputs, false),
      /no access logs into upkeep-test-core, which locks/,
    )
  })

  test('the stand-in refuses a policy that speaks of another bucket, and one that is no JSON', () => {
    const foreign = {
      ...of,
      policy: storePolicy('arn:aws:s3:::other', keyArn, `arn:aws:iam::${account}:user/x`),
    }
    const type = 'aws:s3/bucketPolicy:BucketPolicy'
    assert.match(provider.check(type, foreign)[0]?.reason ?? '', /MalformedPolicy/)
    assert.match(provider.check(type, { ...of, policy: '{' })[0]?.reason ?? '', /MalformedPolicy/)
  })

  test('moto refuses to delete a bucket with something in it', async () => {
    await byHand(moto).s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'b' }))
    await assert.rejects(provider.remove('aws:s3/bucket:Bucket', bucket, of), { name: 'BucketNotEmpty' })
  })

  test('a policy with conditions stays out of moto, but for what a service may do', async () => {
    const { s3 } = byHand(moto)
    await assert.rejects(s3.send(new GetBucketPolicyCommand({ Bucket: bucket })), {
      name: 'NoSuchBucketPolicy',
    })
    const { Policy = '' } = await s3.send(new GetBucketPolicyCommand({ Bucket: log }))
    const { Statement } = JSON.parse(Policy) as { Statement: { Sid: string }[] }
    assert.deepEqual(
      Statement.map(({ Sid }) => Sid),
      ['S3WritesLogs'],
    )
  })

  test('unknown types, properties, settings and functions are refused in one sentence', async () => {
    assert.throws(() => provider.check('aws:ec2/eip:Eip', {}), /does not have aws:ec2\/eip:Eip$/)
    const [complaint] = provider.check('aws:s3/bucket:Bucket', { ...of, acl: 'private' })
    assert.match(complaint?.reason ?? '', /^the lab's stand-in for AWS does not know the property "acl"/)
    assert.match(provider.checkConfig({ region, profile: 'x' })[0]?.reason ?? '', /setting "profile"/)
    await assert.rejects(provider.invoke('aws:ec2/getAmi:getAmi'), /does not have the function/)
  })

  test('another account than the one that is allowed is refused before anything is made', async () => {
    const other = standIn({ url: moto.url, ...moto.key })
    const args = { region, allowedAccountIds: '["999999999999"]' }
    await assert.rejects(other.configure(args), /AWS account ID not allowed: 123456789012/)
    await assert.rejects(other.create(versions, one(versions).inputs, false), /was not told its region/)
  })

  test('moto refuses who has no key of the account', async () => {
    const stranger = standIn({ url: moto.url, accessKeyId: 'AKIAI44QH8DHBEXAMPLE', secretAccessKey: 'x' })
    await assert.rejects(stranger.configure({ region }), { name: 'InvalidClientTokenId' })
  })
})

// As the engine hands the state on to a provider that takes no marks.
function unmarked(state: Properties): Properties {
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [
      name,
      name === 'secret' ? ((value as Record<string, string>)['value'] ?? '') : value,
    ]),
  )
}
