import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeInstancesCommand,
  DescribeVpcsCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import {
  DeleteMaintenanceWindowCommand,
  DescribeMaintenanceWindowsCommand,
  UpdateMaintenanceWindowCommand,
} from '@aws-sdk/client-ssm'
import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { kindOf } from '../../lab/stand-in/kinds.ts'
import { standIn, type Provider } from '../../lab/stand-in/provider.ts'
import type { Properties } from '../../lab/stand-in/values.ts'
import { byHand, type OwnMoto, ownMoto, region } from './cloud.ts'
import { account } from './said.ts'
import { scene } from './scene.ts'

// What the programs `windows` and `monitoring` are made of, by the stand-in for the AWS provider in moto, without an engine.

describe('windows and a monitoring host by the stand-in, with moto', () => {
  let moto: OwnMoto
  let provider: Provider
  const ids: Record<string, string> = {}
  const states: Record<string, Properties> = {}

  before(async () => {
    moto = await ownMoto()
    provider = standIn({ url: moto.url, ...moto.key })
    await provider.configure({ region, allowedAccountIds: JSON.stringify([account]) })
  })
  after(() => moto.end())

  const partOf = (name: string) => {
    const part = scene[name]
    assert.ok(part, name)
    return { ...part, inputs: part.says(ids), id: ids[name] ?? '' }
  }
  const readNow = (name: string) => {
    const { type, inputs, id } = partOf(name)
    return provider.read(type, id, { state: states[name] ?? {}, inputs })
  }
  const driftOf = async (name: string) => {
    const found = await readNow(name)
    assert.ok(found, `${name} is gone`)
    const { type, inputs } = partOf(name)
    return provider.diff(type, found.inputs, inputs).differences.map(({ property }) => property)
  }

  test('a preview makes nothing', async () => {
    for (const { type, says } of Object.values(scene))
      assert.equal((await provider.create(type, says({}), true)).id, '')
    const { ssm, ec2 } = byHand(moto)
    assert.deepEqual((await ssm.send(new DescribeMaintenanceWindowsCommand({}))).WindowIdentities, [])
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}))
    assert.deepEqual(
      Vpcs?.map(({ IsDefault }) => IsDefault),
      [true],
    )
  })

  test('each is made, read as it was said, and taken over by its id with the same inputs', async () => {
    for (const name of Object.keys(scene)) {
      const { type, inputs } = partOf(name)
      assert.deepEqual(provider.check(type, inputs), [], name)
      const kept = await provider.create(type, inputs, false)
      ids[name] = kept.id
      states[name] = kept.state
      const found = await provider.read(type, kept.id, { state: kept.state, inputs })
      assert.ok(found, name)
      assert.deepEqual(provider.diff(type, found.inputs, inputs).differences, [], name)
      assert.deepEqual(found.state, kept.state, name)
    }
  })

  test('what somebody made can be taken over', async () => {
    // Of these the id says no table to look in: with an association the provider is told both.
    for (const name of Object.keys(scene).filter((one) => one !== 'routed')) {
      const { type, inputs, taken, id } = partOf(name)
      const found = await provider.read(type, taken?.(ids) ?? id, { state: {}, inputs: {} })
      assert.ok(found, name)
      assert.equal(found.id, id, name)
      const onlySaid = ['ebsOptimized', 'stopInstanceBeforeDetaching', 'region']
      const differing = provider
        .diff(type, found.inputs, inputs)
        .differences.map(({ property }) => property)
        .filter((property) => !onlySaid.includes(property))
      assert.deepEqual(differing, [], name)
    }
  })

  test('each property does as the real provider: it is changed where it is, or another one takes its place', () => {
    for (const name of Object.keys(scene)) {
      const { type, inputs, changes, replaces } = partOf(name)
      const effects = (change: Properties) =>
        Object.entries(change).map(([property, value]) =>
          provider
            .diff(type, inputs, { ...inputs, [property]: value })
            .differences.map((one) => `${one.property} ${one.replaces ? 'replaces' : 'updates'}`)
            .join(),
        )
      assert.deepEqual(
        effects(changes),
        Object.keys(changes).map((one) => `${one} updates`),
        name,
      )
      assert.deepEqual(
        effects(replaces),
        Object.keys(replaces).map((one) => `${one} replaces`),
        name,
      )
    }
  })

  test('every property of every type was changed in one of these ways', () => {
    const others = { gateway: ['vpcId'], out: ['gatewayId'], routed: ['routeTableId'] }
    const left = {
      ...others,
      closed: ['ingress', 'egress'],
      calendar: ['documentType', 'documentFormat'],
      vpc: ['enableDnsSupport'],
      host: ['vpcSecurityGroupIds', 'iamInstanceProfile', 'userDataReplaceOnChange'],
      attachment: ['stopInstanceBeforeDetaching'],
      in: ['ipProtocol'],
      let: ['ipProtocol'],
      task: ['targets'],
      silent: ['namespace', 'metricName', 'statistic', 'actionsEnabled', 'alarmActions'],
    } as Readonly<Record<string, readonly string[]>>
    for (const [name, { type, changes, replaces }] of Object.entries(scene)) {
      if (name === 'bucket' || name === 'versions') continue
      const seen = new Set([...Object.keys(changes), ...Object.keys(replaces), ...(left[name] ?? [])])
      assert.deepEqual([...seen].sort(), Object.keys(kindOf(type).rules).sort(), name)
    }
  })

  test('an update changes all that can be changed, and the next one brings it back', async () => {
    for (const name of Object.keys(scene)) {
      const { type, inputs, id, changes, stays } = partOf(name)
      const other = { ...inputs, ...changes }
      const change = async (from: Properties, to: Properties) => {
        const state = await provider.update(type, id, { from, to, state: states[name] ?? {}, preview: false })
        states[name] = state
        const found = await provider.read(type, id, { state, inputs: to })
        assert.ok(found, name)
        assert.deepEqual(provider.diff(type, found.inputs, to).differences, [], name)
      }
      await change(inputs, other)
      await change(other, { ...inputs, ...stays })
    }
  })

  test('the stand-in refuses, as AWS does and moto does not', async () => {
    const part = (name: string, change: Properties) => {
      const { type, inputs } = partOf(name)
      return provider.create(type, { ...inputs, ...change }, false)
    }
    await assert.rejects(
      part('task', { targets: [{ key: 'WindowTargetIds', values: ['nobody'] }] }),
      /knows no target nobody in this window/,
    )
    await assert.rejects(part('host', { instanceType: 't3.small' }), /no image of arm64 on t3\.small/)
    const { type, inputs, id } = partOf('figures')
    await assert.rejects(provider.remove(type, id, inputs), /VolumeInUse/)
    const change = { from: { ...inputs, size: 40 }, to: { ...inputs, size: 20 }, state: {}, preview: false }
    await assert.rejects(provider.update(type, id, change), /no volume smaller/)
    const role = partOf('role')
    await assert.rejects(provider.remove(role.type, role.id, role.inputs), /DeleteConflict/)
  })

  test('what was changed by hand is found, property by property', async () => {
    const { ssm, s3, ec2, cloudwatch } = byHand(moto)
    await ssm.send(new UpdateMaintenanceWindowCommand({ WindowId: ids['window'], Duration: 12, Cutoff: 0 }))
    assert.deepEqual(await driftOf('window'), ['duration', 'cutoff'])
    await s3.send(
      new PutObjectCommand({ Bucket: 'upkeep-test-monitoring', Key: 'settings/rules.yml', Body: 'x' }),
    )
    assert.deepEqual(await driftOf('rules'), ['content', 'contentType', 'metadata', 'tags'])
    const IpPermissions = [
      { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
    ]
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: ids['closed'], IpPermissions }))
    assert.deepEqual(await driftOf('closed'), ['ingress'])
    const asked = {
      Namespace: 'x',
      MetricName: 'y',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
    } as const
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        ...asked,
        AlarmName: ids['silent'],
        Threshold: 9,
        ComparisonOperator: 'LessThanThreshold',
      }),
    )
    assert.ok((await driftOf('silent')).includes('threshold'))
  })

  test('what is gone is gone for it', async () => {
    const { ssm, ec2 } = byHand(moto)
    await ssm.send(new DeleteMaintenanceWindowCommand({ WindowId: ids['window'] }))
    for (const name of ['window', 'target', 'task']) assert.equal(await readNow(name), null, name)
    const InstanceIds = [ids['host'] ?? '']
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }))
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }))
    assert.equal(Reservations?.[0]?.Instances?.[0]?.State?.Name, 'terminated')
    for (const name of ['host', 'attachment']) assert.equal(await readNow(name), null, name)
  })

  test('all of it is removed, from the last to the first, and a second removal finds nothing to do', async () => {
    for (const name of Object.keys(scene).reverse()) {
      const { type, inputs, id } = partOf(name)
      const known = { ...states[name], ...inputs }
      await provider.remove(type, id, known)
      // The network's own group stays with it, as in AWS; versions are suspended, not taken away.
      if (!['closed', 'versions'].includes(name)) assert.equal(await readNow(name), null, name)
      await provider.remove(type, id, known)
    }
  })
})
