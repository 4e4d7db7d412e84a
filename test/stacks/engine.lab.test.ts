import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ListAccessKeysCommand, ListUserPoliciesCommand, ListUsersCommand } from '@aws-sdk/client-iam'
import { ListKeysCommand } from '@aws-sdk/client-kms'
import {
  DeleteBucketLifecycleCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  ListBucketsCommand,
  PutBucketTaggingCommand,
} from '@aws-sdk/client-s3'
import { byHand } from '../stand-in/cloud.ts'
import { type Rehearsal, rehearsal } from './rehearsal.ts'

// The real engine, previewing and making the lab's estate; the provider is the lab's stand-in, the cloud is moto.

const prefix = 'upkeep-lab-123456789012'
const stores = [`${prefix}-core`, `${prefix}-office`]
const buckets = [`${prefix}-core`, `${prefix}-log`, `${prefix}-office`]

describe('the program "backup" on the real engine', () => {
  let lab: Rehearsal
  before(async () => {
    lab = await rehearsal()
    const version = execFileSync(lab.cloud().engine, ['version'], { encoding: 'utf8' }).trim()
    console.log(`engine: ${version}, ${lab.cloud().engine}; provider: the lab's stand-in; cloud: moto`)
  })
  after(() => lab.end())

  const hand = () => byHand({ url: lab.cloud().url, key: lab.cloud() })

  /** What is in moto, and what is not the lab's own. */
  async function inMoto() {
    const { s3, iam, kms } = hand()
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}))
    const { Users = [] } = await iam.send(new ListUsersCommand({}))
    const { Keys = [] } = await kms.send(new ListKeysCommand({}))
    return {
      buckets: Buckets.map(({ Name = '' }) => Name)
        .filter((name) => name !== 'upkeep-lab-aside')
        .sort(),
      users: Users.map(({ UserName = '' }) => UserName)
        .filter((name) => name !== 'upkeep-deploy')
        .sort(),
      keys: Keys.length,
    }
  }

  test('a preview says what would be made, and makes nothing', async () => {
    const { code, changes, text } = await lab.stack('preview')
    assert.equal(code, 0, text)
    assert.ok(changes.every(({ operation }) => operation === 'create'))
    const named = changes.filter(({ type }) => type === 'aws:s3/bucket:Bucket').map(({ name }) => name)
    assert.deepEqual(named.sort(), ['offsite-core', 'offsite-log', 'offsite-office'])
    assert.deepEqual(await inMoto(), { buckets: [], users: [], keys: 0 })
  })

  test('an up makes all of it, and moto lists it', async () => {
    const { code, changes, text } = await lab.stack('up')
    assert.equal(code, 0, text)
    assert.ok(changes.length > 30, text)
    assert.deepEqual(await inMoto(), { buckets, users: stores, keys: 2 })
    const { s3, iam } = hand()
    for (const Bucket of stores) {
      const { ObjectLockConfiguration } = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))
      const Days = Bucket.endsWith('-core') ? 2 : 1
      assert.deepEqual(ObjectLockConfiguration?.Rule?.DefaultRetention?.Days, Days)
      assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled')
      const UserName = Bucket
      const { PolicyNames } = await iam.send(new ListUserPoliciesCommand({ UserName }))
      assert.deepEqual(PolicyNames, ['write-backups'])
      const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName }))
      assert.equal(AccessKeyMetadata?.length, 1)
    }
  })

  test('a second up changes nothing, and so says a preview', async () => {
    for (const verb of ['up', 'preview', 'refresh']) {
      const { code, changes, text } = await lab.stack(verb)
      assert.equal(code, 0, text)
      assert.deepEqual(changes, [], verb)
    }
  })

  test('no secret is told, and none stands in the state or the settings of the stack', async () => {
    const { iam } = hand()
    const { AccessKeyMetadata = [] } = await iam.send(
      new ListAccessKeysCommand({ UserName: `${prefix}-core` }),
    )
    const id = AccessKeyMetadata[0]?.AccessKeyId ?? 'none'
    const files = readdirSync(lab.state, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    )
    const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'))
    const state = texts.find((text) => text.includes(id))
    assert.ok(state, 'the state names the key')
    const shown = (JSON.parse(state) as { checkpoint: { latest: { resources: Resource[] } } }).checkpoint
      .latest
    const keys = shown.resources.filter(({ type }) => type === 'aws:iam/accessKey:AccessKey')
    assert.equal(keys.length, 2)
    for (const { outputs } of keys) {
      assert.deepEqual(Object.keys(outputs?.['secret'] as object).sort(), [
        '4dabf18193072939515e22adb298388d',
        'ciphertext',
      ])
    }
    const secrets = Object.values(lab.made()).map(({ secretAccessKey }) => secretAccessKey)
    assert.equal(secrets.length, 2)
    for (const secret of [...secrets, readFileSync(lab.passphrase, 'utf8'), lab.cloud().secretAccessKey]) {
      assert.ok(secret.length > 20)
      assert.ok(texts.every((text) => !text.includes(secret)))
    }
  })

  test('what somebody changed by hand is found by a refresh, and taken back by the next up', async () => {
    const { s3 } = hand()
    const Bucket = `${prefix}-core`
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket }))
    const TagSet = [{ Key: 'who', Value: 'me' }]
    await s3.send(new PutBucketTaggingCommand({ Bucket: `${prefix}-office`, Tagging: { TagSet } }))
    const found = await lab.stack('refresh')
    assert.equal(found.code, 0, found.text)
    assert.deepEqual(found.changes.map(({ name }) => name).sort(), ['offsite-core-expire', 'offsite-office'])
    const back = await lab.stack('up')
    assert.equal(back.code, 0, back.text)
    assert.deepEqual(back.changes.map(({ operation, name }) => `${operation} ${name}`).sort(), [
      'create offsite-core-expire',
      'update offsite-office',
    ])
    assert.deepEqual((await lab.stack('refresh')).changes, [])
  })

  test('a longer lock is an update of the lock and of the lifecycle, and of nothing else', async () => {
    lab.change((estate) => {
      const core = estate.offsite?.stores.core
      if (core !== undefined) core.lock.days = 3
    })
    const { code, changes, text } = await lab.stack('preview')
    assert.equal(code, 0, text)
    assert.deepEqual(changes.map(({ operation, name }) => `${operation} ${name}`).sort(), [
      'update offsite-core-expire',
      'update offsite-core-lock',
    ])
    assert.equal((await lab.stack('up')).code, 0)
  })

  test('another name of the buckets would replace what holds data: the engine refuses it', async () => {
    lab.change((estate) => {
      if (estate.offsite !== undefined) estate.offsite.prefix = 'upkeep-other'
    })
    const before = await inMoto()
    const { code, problems, text } = await lab.stack('up')
    assert.equal(code, 4, text)
    assert.equal(problems[0]?.code, 'stack/protected')
    assert.match(problems[0]?.found ?? '', /offsite-core/)
    assert.deepEqual((await inMoto()).buckets, before.buckets)
    lab.change((estate) => {
      if (estate.offsite !== undefined) estate.offsite.prefix = prefix
    })
    assert.equal((await lab.stack('up')).code, 0)
  })

  test('a destroy is refused by the engine while buckets and keys are protected, and removes nothing', async () => {
    const { code, problems, text } = await lab.stack('destroy')
    assert.equal(code, 4, text)
    assert.equal(problems[0]?.code, 'stack/protected')
    assert.match(problems[0]?.found ?? '', /offsite-core-key/)
    assert.deepEqual(await inMoto(), { buckets, users: stores, keys: 2 })
  })

  test('another passphrase is refused in one sentence', async () => {
    const right = readFileSync(lab.passphrase, 'utf8')
    writeFileSync(lab.passphrase, 'not it')
    const { code, problems, text } = await lab.stack('preview')
    writeFileSync(lab.passphrase, right)
    assert.equal(code, 4, text)
    assert.equal(problems[0]?.code, 'stack/passphrase')
  })

  test('a moto that is down is one sentence with what to do', async () => {
    await lab.stopMoto()
    const { code, problems } = await lab.stack('up')
    assert.equal(code, 4)
    assert.equal(problems[0]?.code, 'stack/lab-down')
  })
})

type Resource = { readonly type: string; readonly outputs?: Readonly<Record<string, unknown>> }
