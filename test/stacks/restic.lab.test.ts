import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { deciding, type Stated } from './evaluate.ts'
import { byHand } from '../stand-in/cloud.ts'
import { writerPolicy } from '../../stacks/policies.ts'
import { type MadeStore, type Rehearsal, rehearsal } from './rehearsal.ts'

// Real restic, with the identity that the stack made, into the bucket that the stack made. moto judges by the policy that
// the stack gave the writer; what moto lets pass and AWS does not is judged by the evaluator of these tests.

type Ran = { readonly code: number; readonly said: string }

describe('a host that backs up with what the stack made, to moto with IAM on', () => {
  let lab: Rehearsal
  let store: MadeStore
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-restic-'))
  const files = join(directory, 'files')

  before(async () => {
    lab = await rehearsal()
    const { code, text } = await lab.stack('up')
    assert.equal(code, 0, text)
    const made = lab.made()['office']
    assert.ok(made)
    store = made
  })
  after(async () => {
    rmSync(directory, { recursive: true })
    await lab.end()
  })

  type As = Pick<MadeStore, 'accessKeyId' | 'secretAccessKey'>

  function restic(words: readonly string[], timeout = 120_000, as: As = store): Promise<Ran> {
    const env = {
      PATH: process.env['PATH'],
      HOME: directory,
      AWS_ACCESS_KEY_ID: as.accessKeyId,
      AWS_SECRET_ACCESS_KEY: as.secretAccessKey,
      AWS_DEFAULT_REGION: store.region,
      RESTIC_REPOSITORY: `s3:${lab.cloud().url}/${store.bucket}/oa`,
      RESTIC_PASSWORD: 'correct horse',
    }
    return new Promise((resolve) => {
      execFile('restic', ['--no-cache', ...words], { env, timeout }, (cause, stdout, stderr) => {
        const code = cause === null ? 0 : typeof cause.code === 'number' ? cause.code : -1
        resolve({ code, said: stdout + stderr })
      })
    })
  }

  test('the writer backs up twice with real restic, and reads all of it back', async () => {
    // restic asks with HeadBucket whether the bucket is there before it makes a repository. AWS counts that as
    // s3:ListBucket, which the writer has; moto wants a right s3:HeadBucket, which AWS does not know.
    const begun = await restic(['init'], 120_000, lab.cloud())
    assert.equal(begun.code, 0, begun.said)
    writeFileSync(files, 'a'.repeat(300_000))
    const first = await restic(['backup', files])
    assert.equal(first.code, 0, first.said)
    writeFileSync(files, 'b'.repeat(300_000))
    for (const words of [['backup', files], ['check', '--read-data'], ['snapshots']]) {
      const { code, said } = await restic(words)
      assert.equal(code, 0, said)
      if (words[0] === 'snapshots') assert.match(said, /2 snapshots/)
    }
  })

  test('what is stored is locked, by the default of the bucket', async () => {
    const { s3 } = byHand({ url: lab.cloud().url, key: lab.cloud() })
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: store.bucket }))
    const data = Versions.filter(({ Key = '' }) => Key.startsWith('oa/data/'))
    assert.ok(data.length > 0)
    for (const { Key, VersionId } of data) {
      const removal = new DeleteObjectCommand({ Bucket: store.bucket, Key, VersionId })
      await assert.rejects(s3.send(removal), { name: 'AccessDenied' }, 'the keeper can not either')
    }
  })

  test('moto refuses the writer to forget, to delete, and to change versions, lock, lifecycle and policy', async () => {
    const s3 = new S3Client({
      endpoint: lab.cloud().url,
      region: store.region,
      credentials: store,
      forcePathStyle: true,
      maxAttempts: 1,
    })
    const hand = byHand({ url: lab.cloud().url, key: lab.cloud() }).s3
    const { Versions = [] } = await hand.send(new ListObjectVersionsCommand({ Bucket: store.bucket }))
    const { Key, VersionId } = Versions.find(({ Key = '' }) => Key.startsWith('oa/snapshots/')) ?? {}
    assert.ok(Key)
    const { bucket: Bucket } = store
    const calls = [
      () => s3.send(new DeleteObjectCommand({ Bucket, Key })),
      () => s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId })),
      () =>
        s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } })),
      () =>
        s3.send(
          new PutObjectLockConfigurationCommand({
            Bucket,
            ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
          }),
        ),
      () => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
      () => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
    ]
    for (const call of calls) await assert.rejects(call(), { name: 'AccessDenied' })
    // restic tries again for a while before it gives up: it is ended, and must have removed nothing.
    await restic(['forget', '--keep-last', '1'], 20_000)
    assert.match((await restic(['snapshots', '--no-lock'])).said, /2 snapshots/)
  })

  test('the evaluator refuses the writer what moto lets pass: another retention, a legal hold, a bypass', () => {
    const arn = `arn:aws:s3:::${store.bucket}`
    const { Statement } = JSON.parse(writerPolicy(arn, 'arn:aws:kms:x')) as { Statement: readonly Stated[] }
    for (const name of ['PutObjectRetention', 'PutObjectLegalHold', 'BypassGovernanceRetention'])
      assert.equal(deciding(Statement, { action: `s3:${name}`, resource: `${arn}/oa/data/00` }), null)
  })
})
