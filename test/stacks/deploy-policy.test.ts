import assert from 'node:assert/strict'
import test from 'node:test'
import * as pulumi from '@pulumi/pulumi'
import { deployDocuments, deployStatements, rows, typesOf } from '../../stacks/deploy-policy/policy.ts'
import { weakening } from '../../stacks/policies.ts'
import { programOf } from '../../stacks/program.ts'
import { estates, programNames } from './deploy-policy-estates.ts'
import {
  account,
  bucket,
  ec2,
  far,
  key,
  letThrough,
  marks,
  type Name,
  object,
  ofOthers,
  on,
  user,
} from './deploy-policy-calls.ts'
import { type Call, deciding } from './evaluate.ts'
import { recording } from './recorded.ts'

// What the policy for `up` allows and refuses, by an evaluator of conditions of its own: no service of AWS was asked.

const recorded = recording()
const made: Record<string, readonly string[]> = {}
for (const name of programNames) {
  const before = recorded.length
  const program = programOf(name, estates[name])
  assert.ok(program.ok)
  await program.value()
  // Resources are registered in their own time.
  for (let seen = -1; seen !== recorded.length; await new Promise((later) => setTimeout(later, 50)))
    seen = recorded.length
  const types = recorded.slice(before).map(({ type }) => type)
  made[name] = [...new Set(types.filter((type) => type.startsWith('aws:')))].sort()
}
await pulumi.runtime.disconnect()

const all = programNames.flatMap((program) =>
  [false, true].map((filled) => ({ program, estate: estates[program], filled })),
)

test('every type that a program makes has a row, and no row is of another one', () => {
  for (const name of programNames) assert.deepEqual([...typesOf[name]].sort(), made[name], name)
  const used = programNames.flatMap((name) => typesOf[name])
  assert.deepEqual(Object.keys(rows).sort(), [...new Set(used)].sort())
  for (const [type, { source }] of Object.entries(rows))
    assert.match(source, /^internal\/service\/.*\.go$/, type)
})

test('no action has a wildcard, each document fits into IAM, and its statements have names of their own', () => {
  for (const args of all) {
    const documents = deployDocuments(args)
    assert.ok(documents.length <= 2)
    for (const text of documents) assert.ok(text.length <= 6144, `${args.program}: ${text.length}`)
    const parts = documents.map((text) => (JSON.parse(text) as { Statement: readonly Stated[] }).Statement)
    assert.deepEqual(
      JSON.parse(JSON.stringify(parts.flat())),
      JSON.parse(JSON.stringify(deployStatements(args))),
    )
    const statements = deployStatements(args)
    for (const { Action } of statements)
      for (const action of [Action].flat()) assert.match(action, /^[a-z0-9]+:[A-Za-z]+$/)
    const names = statements.map(({ Sid }) => Sid)
    assert.equal(new Set(names).size, names.length)
    for (const name of names) assert.match(name, /^[A-Za-z0-9]+$/)
  }
})

type Stated = Parameters<typeof deciding>[0][number]

/** Whether a call is let through: each of what it touches must be allowed, and none denied. */
function verdict(
  program: Name,
  calls: readonly Call[],
  filled = false,
): 'allowed' | 'denied' | 'not allowed' {
  const statements = deployStatements({ program, estate: estates[program], filled })
  const sids = calls.map((call) => deciding(statements, call))
  if (sids.some((sid) => sid?.startsWith('Keep') === true)) return 'denied'
  return sids.every((sid) => sid !== null) ? 'allowed' : 'not allowed'
}

test('what an up and a destroy ask for is let through', () => {
  for (const [program, what, calls] of letThrough) assert.equal(verdict(program, calls), 'allowed', what)
})

test('what is of others, or of no use to an up, is not let through', () => {
  for (const [program, what, calls] of ofOthers) assert.equal(verdict(program, calls), 'not allowed', what)
})

const [ourKey, ours] = [marks('backup', 'ResourceTag'), marks('monitoring', 'ResourceTag')]

test('locks, what is stored, keys and figures are denied, whatever others allow', () => {
  for (const filled of [false, true]) {
    for (const action of [
      's3:BypassGovernanceRetention',
      's3:DeleteObject',
      's3:DeleteObjectVersion',
      's3:PutObjectLegalHold',
      's3:PutObjectRetention',
    ])
      for (const where of [object, `arn:aws:s3:::acme-${account}-log/x`])
        assert.equal(verdict('backup', [on(action, where)], filled), 'denied', action)
    for (const action of ['s3:DeleteBucket', 's3:DeleteBucketPolicy'])
      for (const [program, where] of [
        ['backup', bucket],
        ['monitoring', 'arn:aws:s3:::acme-watches'],
      ] as const)
        assert.equal(verdict(program, [on(action, where)], filled), 'denied', action)
    for (const action of ['kms:DisableKey', 'kms:ScheduleKeyDeletion'])
      assert.equal(verdict('backup', [on(action, key, ourKey)], filled), 'denied', action)
    const volume = on('ec2:DeleteVolume', ec2('volume/vol-1'), ours)
    assert.equal(verdict('monitoring', [volume], filled), 'denied')
  }
})

test('once stores are filled nothing may weaken one, and they are still read and tagged', () => {
  for (const action of weakening)
    for (const where of [bucket, object])
      assert.notEqual(verdict('backup', [on(action, where)], true), 'allowed', action)
  const lock = on('s3:PutBucketObjectLockConfiguration', bucket)
  assert.deepEqual([verdict('backup', [lock]), verdict('backup', [lock], true)], ['allowed', 'denied'])
  const policy = on('kms:PutKeyPolicy', key, ourKey)
  assert.deepEqual([verdict('backup', [policy]), verdict('backup', [policy], true)], ['allowed', 'denied'])
  const foreign = on('kms:TagResource', '*', { ...marks('backup', 'RequestTag'), 'aws:RequestedRegion': far })
  assert.deepEqual(
    [verdict('backup', [foreign]), verdict('backup', [foreign], true)],
    ['allowed', 'not allowed'],
  )
  const still = ['s3:GetBucketObjectLockConfiguration', 's3:GetLifecycleConfiguration', 's3:PutBucketTagging']
  for (const action of still) assert.equal(verdict('backup', [on(action, bucket)], true), 'allowed', action)
  assert.equal(verdict('backup', [on('kms:DescribeKey', key, ourKey)], true), 'allowed')
  assert.equal(verdict('backup', [on('iam:UpdateAccessKey', user(`acme-${account}-core`))], true), 'allowed')
})
