import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { lockOf, unfinished } from '../../stacks/interrupted.ts'

const of = (type: string, inputs: object, name = 'x') => ({
  urn: `urn:pulumi:backup::upkeep::${type}::${name}`,
  type,
  inputs,
})
const creating = (resource: object) => ({ type: 'creating', resource })
const bucket = of('aws:s3/bucket:Bucket', { bucket: 'acme-core' })
const user = of('aws:iam/user:User', { name: 'acme-core' })
const key = of('aws:kms/key:Key', { description: 'x' })
const lock = of('aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration', { bucket: 'acme-core' })

const calendar = of('aws:ssm/document:Document', { name: 'upkeep_acme_erp' })
const window = of('aws:ssm/maintenanceWindow:MaintenanceWindow', { name: 'upkeep_acme_erp' })

const exported = (state: object) => ({ version: 3, deployment: state })

test('a state with nothing pending is left as it is', () => {
  assert.equal(unfinished(exported({ resources: [] })).deployment, null)
})

test('what has a name of its own is looked for, what is put is put again, what has none is told', () => {
  const pending_operations = [bucket, user, key, lock, calendar, window].map(creating)
  const { deployment, adopted, forgotten } = unfinished(exported({ resources: [], pending_operations }))
  assert.deepEqual(
    adopted.map(({ id }) => id),
    ['acme-core', 'acme-core', 'upkeep_acme_erp'],
  )
  // AWS takes the name of a window for several: by it none can be looked for.
  assert.deepEqual(forgotten, [key.urn, window.urn])
  const state = deployment?.deployment as { resources: { urn: string }[]; pending_operations: unknown[] }
  assert.deepEqual(
    state.resources.map(({ urn }) => urn),
    adopted.map(({ urn }) => urn),
  )
  assert.deepEqual(state.pending_operations, [])
})

test('what the state knows already stays as it is known, and a change that was broken off is only cleared', () => {
  const known = { ...bucket, id: 'acme-core', outputs: {} }
  const pending_operations = [creating(bucket), { type: 'updating', resource: user }]
  const { deployment, adopted, forgotten } = unfinished(exported({ resources: [known], pending_operations }))
  assert.deepEqual([adopted, forgotten], [[], []])
  assert.deepEqual((deployment?.deployment as { resources: unknown[] }).resources, [known])
})

test('what was being made in the place of another is told: a second key would stand in the account unseen', () => {
  const old = { ...key, id: 'k1', outputs: {} }
  const { deployment, adopted, forgotten } = unfinished(
    exported({ resources: [old], pending_operations: [creating(key)] }),
  )
  assert.deepEqual([adopted, forgotten], [[], [key.urn]])
  assert.deepEqual((deployment?.deployment as { resources: unknown[] }).resources, [old])
})

test('another name in the place of a known one is told as well: one state can not hold both', () => {
  const old = { ...user, id: 'acme-core', outputs: {} }
  const fresh = of('aws:iam/user:User', { name: 'acme-new' })
  const { forgotten } = unfinished(exported({ resources: [old], pending_operations: [creating(fresh)] }))
  assert.deepEqual(forgotten, [user.urn])
})

test('a lock is read from a state that is a directory, and from no other', (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'upkeep-lock-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const work = { stack: 'backup', env: { PULUMI_BACKEND_URL: `file://${directory}` } }
  assert.equal(lockOf(work), null)
  const locks = join(directory, '.pulumi/locks/organization/upkeep/backup')
  mkdirSync(locks, { recursive: true })
  writeFileSync(join(locks, 'a.json'), '{"pid":')
  assert.equal(lockOf(work), null)
  writeFileSync(join(locks, 'a.json'), '{"pid":7,"username":"ada","hostname":"ops-1","timestamp":"x"}')
  assert.deepEqual(lockOf(work), { pid: 7, hostname: 'ops-1' })
  assert.equal(lockOf({ stack: 'backup', env: { PULUMI_BACKEND_URL: 's3://state' } }), null)
})

test('of a monitoring host the role and the alarm are looked for by name, and what could hold figures is told', () => {
  const role = of('aws:iam/role:Role', { name: 'monitoring-host-role-1' })
  const alarm = of('aws:cloudwatch/metricAlarm:MetricAlarm', { name: 'upkeep-acme-monitoring' })
  const object = of('aws:s3/bucketObjectv2:BucketObjectv2', { key: 'settings/rules.yml' })
  const policy = of('aws:iam/rolePolicy:RolePolicy', { name: 'monitoring-host' })
  const volume = of('aws:ebs/volume:Volume', { size: 30 })
  const instance = of('aws:ec2/instance:Instance', {})
  const pending_operations = [role, alarm, object, policy, volume, instance].map(creating)
  const { adopted, forgotten } = unfinished(exported({ resources: [], pending_operations }))
  assert.deepEqual(
    adopted.map(({ id }) => id),
    ['monitoring-host-role-1', 'upkeep-acme-monitoring'],
  )
  assert.deepEqual(forgotten, [volume.urn, instance.urn])
})
