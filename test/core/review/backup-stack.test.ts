import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import * as pulumi from '@pulumi/pulumi'
import { readEstate } from '../../../core/estate/read.ts'
import { classifyStack } from '../../../core/review/classify.ts'
import { programOf } from '../../../stacks/program.ts'
import { type Recorded, recording, settled } from '../../stacks/recorded.ts'
import { changesOf } from './cases/all.ts'
import type { StepJson } from './cases/case.ts'

// The resources that the program "backup" really asks for, with the names of the provider's own types and properties.

const recorded = recording()
const file = join(import.meta.dirname, '../../schemas/estates/valid/offsite.yaml')
const read = readEstate(file, readFileSync(file, 'utf8'))
assert.ok(read.ok)
const program = programOf('backup-lab', read.value.estate)
assert.ok(program.ok)
const made = (await program.value()) as Record<string, Record<string, pulumi.Output<string>>>
for (const tier of ['core', 'data']) {
  const secret = made[tier]?.['secretAccessKey']
  assert.ok(secret)
  await settled(secret)
}
await pulumi.runtime.disconnect()
const resources = recorded.filter(({ type }) => type.startsWith('aws:'))

function step(op: string, one: Recorded, inputs: Recorded['inputs'] = one.inputs): StepJson {
  const { protect, retainOnDelete } = one
  const state = { custom: true, protect, retainOnDelete }
  return {
    op,
    urn: `urn:pulumi:backup::upkeep::${one.type}::${one.name}`,
    ...(op === 'create' ? {} : { oldState: { ...state, inputs: one.inputs, outputs: one.inputs } }),
    ...(op === 'delete' ? {} : { newState: { ...state, inputs } }),
  }
}

function verdicts(steps: readonly StepJson[]): readonly string[] {
  const said = classifyStack(changesOf(steps)).map(({ rule, subject }) => {
    return `${rule} ${subject.split('::').at(-1)}`
  })
  return [...new Set(said)]
}

test('to make the stack gives access, and nothing of it is beyond the rules', () => {
  assert.ok(resources.length > 20)
  assert.deepEqual(verdicts(resources.map((one) => step('create', one))), [
    'widens-iam writer-core-key',
    'widens-iam writer-data-key',
    'widens-iam writer-core-policy',
    'widens-iam writer-data-policy',
    'widens-iam offsite-core-key',
    'widens-iam offsite-data-key',
    'widens-iam offsite-log-policy',
  ])
})

test('to destroy the stack leaves every store behind, and takes nothing away that protects it', () => {
  const stores = ['core', 'data', 'log'].map((name) => `replaces-state offsite-${name}`)
  const keys = ['core', 'data'].map((name) => `replaces-state offsite-${name}-key`)
  assert.deepEqual(
    verdicts(resources.map((one) => step('delete', one))).toSorted(),
    [...stores, ...keys].sort(),
  )
})

test('to do the same without what keeps a store in the account is most dangerous', () => {
  const bare = resources.map((one) => ({ ...one, retainOnDelete: false, protect: false }))
  const said = new Set(verdicts(bare.map((one) => step('delete', one))).map((one) => one.split(' ')[0]))
  assert.deepEqual(
    [...said],
    [
      'deletes-store',
      'replaces-state',
      'weakens-encryption',
      'weakens-lock',
      'weakens-versioning',
      'opens-public',
      'widens-iam',
      'drops-alarm',
    ],
  )
})

test('a lock of fewer days, and no change at all', () => {
  const changed = resources.map((one) => {
    const text = JSON.stringify(one.inputs)
    const isLock = one.type.startsWith('aws:s3/bucketObjectLockConfiguration')
    const inputs = isLock ? text.replace(/"days":\d+/, '"days":1') : text
    return step('update', one, JSON.parse(inputs) as Recorded['inputs'])
  })
  assert.deepEqual(verdicts(changed), [
    'shortens-retention offsite-core-lock',
    'shortens-retention offsite-data-lock',
  ])
})
