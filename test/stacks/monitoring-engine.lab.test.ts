import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { DescribeAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import {
  DescribeInstancesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { GetRolePolicyCommand, ListRolesCommand } from '@aws-sdk/client-iam'
import { GetObjectCommand, ListObjectsV2Command, ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { ListSubscriptionsCommand } from '@aws-sdk/client-sns'
import { byHand } from '../stand-in/cloud.ts'
import { image } from '../stand-in/scene-host.ts'
import { type Rehearsal, rehearsal } from './rehearsal.ts'

// The real engine makes the monitoring host of the lab's estate; the provider is the lab's stand-in, the cloud is moto. The
// host never starts: what it does is shown by host-*.long.test.ts.

const stack = 'monitoring'
const bucket = 'upkeep-lab-123456789012-monitoring'

describe('the program "monitoring" on the real engine', () => {
  let lab: Rehearsal
  before(async () => {
    lab = await rehearsal()
    lab.change((estate) => {
      estate.cloudMonitoring = {
        account: '123456789012',
        region: 'ap-southeast-1',
        zone: 'ap-southeast-1a',
        image,
        hosts: ['10.77.0.0/24'],
        open: [{ to: 'prometheus', from: '10.77.0.0/24' }],
        bucket,
        runbooks: 'https://git.example.com/ops/upkeep/docs/runbooks/',
      }
    })
  })
  after(() => lab.end())

  const hand = () => byHand({ url: lab.cloud().url, key: lab.cloud() })
  const did = ({ changes }: Awaited<ReturnType<Rehearsal['stack']>>) =>
    changes.map(({ operation, name }) => `${operation} ${name}`).sort()
  const hosts = async () => {
    const { Reservations = [] } = await hand().ec2.send(new DescribeInstancesCommand({}))
    const all = Reservations.flatMap(({ Instances = [] }) => Instances)
    return all.filter(({ State }) => State?.Name !== 'terminated')
  }
  const volumesOfFigures = async () => {
    const { Volumes = [] } = await hand().ec2.send(new DescribeVolumesCommand({}))
    return Volumes.filter(({ Size }) => Size === 30)
  }

  test('an up makes the host, its network, its settings and the alarm outside it, and moto lists them', async () => {
    const { code, text } = await lab.stack('up', stack)
    assert.equal(code, 0, text)
    const [host, ...more] = await hosts()
    assert.deepEqual(more, [])
    assert.deepEqual(
      [host?.ImageId, host?.InstanceType, host?.MetadataOptions?.HttpTokens],
      [image, 't4g.small', 'required'],
    )
    const [volume] = await volumesOfFigures()
    assert.deepEqual([volume?.Encrypted, volume?.Attachments?.[0]?.InstanceId], [true, host?.InstanceId])
    const { s3, ec2, sns, iam, cloudwatch } = hand()
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
    assert.deepEqual(Contents.map(({ Key }) => Key).sort(), [
      'settings/alertmanager.yml',
      'settings/blackbox.yml',
      'settings/prometheus.env',
      'settings/prometheus.yml',
      'settings/rules.yml',
    ])
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}))
    const own = SecurityGroups.find(({ Description }) => Description === 'Monitoring host of Upkeep')
    const Filters = [{ Name: 'group-id', Values: [own?.GroupId ?? ''] }]
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }))
    const ways = SecurityGroupRules.map(({ IsEgress, FromPort, CidrIpv4 }) =>
      [IsEgress === true ? 'out' : 'in', FromPort, CidrIpv4].join(' '),
    )
    assert.ok(ways.includes('out 443 0.0.0.0/0'))
    // Nothing comes in but what the estate names.
    assert.deepEqual(
      ways.filter((one) => one.startsWith('in')),
      ['in 9090 10.77.0.0/24'],
    )
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsCommand({}))
    assert.ok(Subscriptions.some(({ Endpoint }) => Endpoint === 'ops@lab.example'))
    const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({}))
    assert.deepEqual(
      MetricAlarms.map(({ AlarmName, TreatMissingData }) => [AlarmName, TreatMissingData]),
      [['upkeep-lab-monitoring', 'breaching']],
    )
    const { Roles = [] } = await iam.send(new ListRolesCommand({ PathPrefix: '/upkeep/monitoring/' }))
    const RoleName = Roles[0]?.RoleName
    assert.match(RoleName ?? '', /^monitoring-host-role-[0-9a-f]{7}$/)
    const policy = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'monitoring-host' }))
    assert.match(decodeURIComponent(policy.PolicyDocument ?? ''), /settings\/\*/)
  })

  test('a second up changes nothing, and so say preview and refresh', async () => {
    for (const verb of ['up', 'preview', 'refresh']) {
      const said = await lab.stack(verb, stack)
      assert.deepEqual([said.code, did(said)], [0, []], said.text)
    }
  })

  test('a changed threshold is one object with a new version, and never a new host', async () => {
    const before = (await hosts()).map(({ InstanceId }) => InstanceId)
    lab.change((estate) => {
      estate.patrol = { core: { limits: { memory: { warning: 71 } } } }
    })
    const { code, changes, text } = await lab.stack('up', stack)
    assert.equal(code, 0, text)
    assert.deepEqual(
      changes.map(({ operation, name, properties }) => [operation, name, [...properties].sort()]),
      [['update', 'monitoring-settings-rules.yml', ['content', 'metadata']]],
    )
    const { s3 } = hand()
    const Key = 'settings/rules.yml'
    const rules = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
    assert.match((await rules.Body?.transformToString()) ?? '', /71/)
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: Key }))
    assert.equal(Versions.length, 2)
    assert.deepEqual(
      (await hosts()).map(({ InstanceId }) => InstanceId),
      before,
    )
  })

  test('an alarm that somebody has changed shows as drift, and a host that somebody removed is made anew beside its figures', async () => {
    const { ec2, cloudwatch } = hand()
    const figures = (await volumesOfFigures()).map(({ VolumeId }) => VolumeId)
    const InstanceIds = (await hosts()).map(({ InstanceId = '' }) => InstanceId)
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }))
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'upkeep-lab-monitoring',
        Namespace: 'Upkeep/lab',
        MetricName: 'Watchdog',
        Statistic: 'Maximum',
        Period: 300,
        EvaluationPeriods: 3,
        Threshold: 0,
        ComparisonOperator: 'LessThanThreshold',
      }),
    )
    const found = await lab.stack('refresh', stack)
    assert.equal(found.code, 0, found.text)
    assert.deepEqual(found.changes.map(({ name }) => name).sort(), [
      'monitoring-host',
      'monitoring-host-attachment',
      'monitoring-silent',
    ])
    const back = await lab.stack('up', stack)
    assert.deepEqual(
      [back.code, did(back)],
      [0, ['create monitoring-host', 'create monitoring-host-attachment', 'update monitoring-silent']],
      back.text,
    )
    assert.deepEqual(
      (await volumesOfFigures()).map(({ VolumeId }) => VolumeId),
      figures,
    )
  })

  test('a destroy is refused by the engine while figures and settings are protected, and removes nothing', async () => {
    const { code, problems, text } = await lab.stack('destroy', stack)
    assert.equal(code, 4, text)
    assert.equal(problems[0]?.code, 'stack/protected')
    assert.match(problems[0]?.found ?? '', /monitoring-host-figures/)
    assert.equal((await hosts()).length, 1)
  })

  test('a network that is none stops before any resource, with its place in the estate', async () => {
    lab.change((estate) => Object.assign(estate.cloudMonitoring ?? {}, { network: '10.213.0.0/30' }))
    const { code, text } = await lab.stack('up', stack)
    assert.equal(code, 3, text)
    assert.match(text, /estate\.yaml:\d+:\d+/)
    assert.equal((await hosts()).length, 1)
  })
})
