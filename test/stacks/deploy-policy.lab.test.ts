import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  ListAttachedUserPoliciesCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { DescribeKeyCommand, ListKeysCommand } from '@aws-sdk/client-kms'
import { GetObjectLockConfigurationCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import { keeper } from '../../lab/cloud/identity.ts'
import type { Key } from '../../lab/cloud/account.ts'
import { asideBucket } from '../../lab/stand-in/policy-aside.ts'
import type { Statement } from '../../stacks/policies.ts'
import { upkeep } from '../lab/upkeep.ts'
import { byHand } from '../stand-in/cloud.ts'
import { withMonitoring, withWindows } from './deploy-policy-lab-estate.ts'
import { type Rehearsal, rehearsal } from './rehearsal.ts'

// The real engine works as an identity that has the policy of `upkeep stack policy` and no other right; the provider is the lab's
// stand-in, the cloud is moto with IAM on. moto judges actions, and ARNs of S3 alone: it knows no condition of a policy of an
// identity, and asks most other services for "*". So conditions stay out and other resources become "*" there; what both let
// through is shown by the evaluator (deploy-policy.test.ts). What the real provider asks for beyond the stand-in is shown by neither.

/** Stacks, and an action that each can not do without; of S3 moto says only that access is denied. */
const stacks = [
  ['backup', 'kms:CreateKey'],
  ['monitoring', 'sns:Subscribe'],
  ['windows', 'ssm:CreateDocument'],
] as const

const store = 'upkeep-lab-123456789012-core'

describe('the three programs on the real engine, with the rights of their policies only', () => {
  let lab: Rehearsal
  let person: ReturnType<typeof byHand>
  before(async () => {
    lab = await rehearsal()
    lab.change((estate) => {
      withMonitoring(estate)
      withWindows(estate)
    })
    person = await somebodyElse(lab)
    await person.iam.send(new DeleteUserPolicyCommand({ UserName: keeper.name, PolicyName: 'everything' }))
  })
  after(() => lab.end())

  /** Gives the identity that runs the stacks the policies of one, less an action, and takes all others. */
  async function allow(stack: string, options: { readonly less?: string; readonly filled?: true } = {}) {
    const { iam } = person
    const UserName = keeper.name
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }))
    for (const { PolicyArn } of AttachedPolicies) {
      await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn }))
      await iam.send(new DeletePolicyCommand({ PolicyArn }))
    }
    const words = ['stack', 'policy', '--stack', stack, '--json', ...(options.filled ? ['--filled'] : [])]
    const said = await upkeep(words, { estate: lab.estate })
    assert.equal(said.code, 0, said.stderr)
    const { documents } = JSON.parse(said.stdout) as { documents: { Statement: readonly Statement[] }[] }
    const judged = documents.map(({ Statement }) =>
      // IAM takes no statement without an action.
      Statement.map((one) => forMoto(one, options.less)).filter(({ Action }) => Action.length > 0),
    )
    const all = [...judged, ofTheLab]
    for (const [at, Statement] of all.entries()) {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
      const PolicyName = `deploy-${stack}-${at}`
      const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))
      await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: Policy?.Arn }))
    }
  }

  for (const [stack, action] of stacks) {
    test(`${stack}: without ${action} an up fails and names it`, async () => {
      await allow(stack, { less: action })
      const { code, problems, text } = await lab.stack('up', stack)
      assert.equal(code, 4, text)
      assert.match(problems[0]?.found ?? '', new RegExp(action))
    })

    test(`${stack}: with the policy the next up goes on to the end, and a second up and a refresh change nothing`, async () => {
      await allow(stack)
      const first = await lab.stack('up', stack)
      assert.equal(first.code, 0, first.text)
      assert.ok(first.changes.length > 0)
      for (const verb of ['up', 'refresh', 'preview']) {
        const { code, changes, text } = await lab.stack(verb, stack)
        assert.equal(code, 0, text)
        assert.deepEqual(changes, [], verb)
      }
    })

    test(`${stack}: with the policy for filled stores an up and a refresh still find nothing to do`, async () => {
      await allow(stack, { filled: true })
      for (const verb of ['up', 'refresh']) {
        const { code, changes, text } = await lab.stack(verb, stack)
        assert.equal(code, 0, text)
        assert.deepEqual(changes, [], verb)
      }
    })
  }

  // moto asks for s3:CreateBucket where a lock is put, which the policy for filled stores lacks as well.
  test('with the policy for filled stores no lock is made shorter', async () => {
    await allow('backup', { filled: true })
    const days = async () => {
      const { s3 } = person
      const found = await s3.send(new GetObjectLockConfigurationCommand({ Bucket: store }))
      return found.ObjectLockConfiguration?.Rule?.DefaultRetention?.Days
    }
    const shorter = (to: number) =>
      lab.change((estate) => {
        const core = estate.offsite?.stores.core
        if (core !== undefined) core.lock.days = to
      })
    shorter(1)
    const { code, text } = await lab.stack('up')
    assert.equal(code, 4, text)
    assert.match(text, /Access ?Denied/)
    assert.equal(await days(), 2)
    shorter(2)
    await lab.stack('refresh')
  })

  test('a destroy is refused while stores are protected; unprotected, all goes that may, and data stays', async () => {
    for (const stack of ['backup', 'monitoring'] as const) {
      await allow(stack)
      const refused = await lab.stack('destroy', stack)
      assert.equal(refused.problems[0]?.code, 'stack/protected', refused.text)
      unprotect(lab, stack)
      const { code, text } = await lab.stack('destroy', stack)
      assert.equal(code, 0, text)
    }
    await allow('windows')
    const { code, text } = await lab.stack('destroy', 'windows')
    assert.equal(code, 0, text)
    const { s3, iam, kms } = person
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}))
    const left = Buckets.map(({ Name = '' }) => Name.replace('upkeep-lab-123456789012-', ''))
    assert.deepEqual(left.sort(), ['core', 'log', 'monitoring', 'office', asideBucket])
    const { Keys = [] } = await kms.send(new ListKeysCommand({}))
    const all = await Promise.all(Keys.map(({ KeyId }) => kms.send(new DescribeKeyCommand({ KeyId }))))
    // Beside ours moto has one of AWS's own for disks.
    const kept = all.flatMap(({ KeyMetadata }) =>
      /^Backups in/.test(KeyMetadata?.Description ?? '') ? [KeyMetadata] : [],
    )
    assert.deepEqual(
      kept.map((key) => key?.KeyState),
      ['Enabled', 'Enabled'],
    )
    const { Users = [] } = await iam.send(new ListUsersCommand({}))
    assert.deepEqual(Users.map(({ UserName }) => UserName).sort(), ['person', keeper.name])
  })
})

/** Somebody who may do everything, to look and to give rights: the identity of the stacks loses its own. */
async function somebodyElse(lab: Rehearsal) {
  const { iam } = byHand({ url: lab.cloud().url, key: lab.cloud() })
  const UserName = 'person'
  const all = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(
    new PutUserPolicyCommand({ UserName, PolicyName: 'everything', PolicyDocument: JSON.stringify(all) }),
  )
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const key: Key = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  return byHand({ url: lab.cloud().url, key })
}

/** A statement as moto can judge it; CloudWatch is called "monitoring" there, as in its signatures. */
function forMoto({ Condition: _condition, ...one }: Statement, less?: string) {
  const Action = [one.Action]
    .flat()
    .filter((action) => action !== less && action !== 's3:DeleteBucketPolicy')
    .map((action) => action.replace(/^cloudwatch:/, 'monitoring:'))
  const isOfS3 = Action.every((action) => action.startsWith('s3:'))
  return { ...one, Action, Resource: isOfS3 ? one.Resource : '*' }
}

/**
 * What the stand-in needs for itself: it keeps the texts of policies of buckets in one of its own, and takes the policy away from
 * a bucket in moto when all of it has conditions.
 */
const ofTheLab = [
  {
    Sid: 'NoPolicy',
    Effect: 'Allow',
    Action: 's3:DeleteBucketPolicy',
    Resource: 'arn:aws:s3:::upkeep-lab-*',
  },
  {
    Sid: 'Aside',
    Effect: 'Allow',
    Action: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
    Resource: `arn:aws:s3:::${asideBucket}/*`,
  },
]

/** Takes the protection off everything in a stack, as a person has to who means it. */
function unprotect(lab: Rehearsal, stack: string): void {
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: `file://${lab.state}`,
    PULUMI_CONFIG_PASSPHRASE: readFileSync(lab.passphrase, 'utf8'),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  }
  const words = ['state', 'unprotect', '--all', '--yes', '--stack', stack]
  execFileSync(lab.cloud().engine, words, { env, cwd: join(lab.state, 'project') })
}
