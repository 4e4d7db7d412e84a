import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { monitoringFiles } from '../../core/monitoring/files.ts'
import type { Estate } from '../../schemas/estate.ts'
import { deciding, type Stated } from './evaluate.ts'
import { askedFor, estateOf } from './monitoring-asked.ts'
import type { Recorded } from './recorded.ts'

// What the program asks for, with the engine's own mocks. That AWS takes it, and that the host comes up and works, is not shown
// here: that takes an engine, a provider and an account.

const estate = estateOf('cloud-monitoring.yaml')
const all = await askedFor(estate)
const open = await askedFor(estateOf('cloud-monitoring-open.yaml'))

const of = (type: string, recorded = all) => recorded.filter((one) => one.type === `aws:${type}`)
const named = (name: string, recorded = all) => {
  const [only, ...more] = recorded.filter((one) => one.name === name && one.type.startsWith('aws:'))
  assert.ok(only !== undefined && more.length === 0, name)
  return only
}
const tags = { 'upkeep:estate': 'acme', 'upkeep:stack': 'monitoring', Name: 'upkeep-acme-monitoring' }

test('nothing comes in; what the estate lets in comes from where it says', () => {
  assert.deepEqual(of('vpc/securityGroupIngressRule:SecurityGroupIngressRule'), [])
  for (const { inputs } of [
    ...of('ec2/securityGroup:SecurityGroup'),
    ...of('ec2/defaultSecurityGroup:DefaultSecurityGroup'),
  ])
    assert.deepEqual([inputs['ingress'] ?? [], inputs['egress'] ?? []], [[], []])
  const ways = of('vpc/securityGroupIngressRule:SecurityGroupIngressRule', open).map(({ inputs }) => [
    inputs['cidrIpv4'],
    inputs['ipProtocol'],
    inputs['fromPort'],
    inputs['toPort'],
  ])
  assert.deepEqual(ways, [
    ['10.20.5.0/24', 'tcp', 9090, 9090],
    ['10.20.5.7/32', 'tcp', 9093, 9093],
  ])
})

test('it gets out by TLS and to the mail server, and to hosts at the ports that are asked', () => {
  const ways = (recorded: readonly Recorded[]) =>
    of('vpc/securityGroupEgressRule:SecurityGroupEgressRule', recorded).map(
      ({ inputs }) =>
        `${String(inputs['cidrIpv4'])} ${String(inputs['fromPort'])}-${String(inputs['toPort'])}`,
    )
  const everywhere = ['0.0.0.0/0 443-443', '0.0.0.0/0 587-587']
  const to = (network: string) =>
    ['8000-8000', '9100-9100', '9187-9187'].map((ports) => `${network} ${ports}`)
  assert.deepEqual(ways(all), [...everywhere, ...to('10.20.0.0/16')])
  assert.deepEqual(ways(open), [...everywhere, ...to('10.20.0.0/16'), ...to('192.168.7.0/24')])
  for (const { inputs } of of('vpc/securityGroupEgressRule:SecurityGroupEgressRule'))
    assert.ok(String(inputs['description']).length > 5)
})

test('the host has IMDSv2 alone and no further than itself, an encrypted root, no key, and is of the image of the estate', () => {
  const { userData, ...inputs } = named('monitoring-host').inputs
  assert.match(String(userData), /^#cloud-config\n/)
  assert.deepEqual(inputs, {
    ami: 'ami-0123456789abcdef0',
    instanceType: 't4g.small',
    subnetId: 'monitoring-network-subnet-id',
    vpcSecurityGroupIds: ['monitoring-network-group-id'],
    associatePublicIpAddress: true,
    iamInstanceProfile: 'monitoring-host-profile',
    metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
    rootBlockDevice: { encrypted: true, volumeType: 'gp3', deleteOnTermination: true, tags },
    ebsOptimized: true,
    userDataReplaceOnChange: false,
    tags,
  })
  assert.equal(of('ec2/keyPair:KeyPair').length, 0)
})

test('figures are on an encrypted volume of their own that is protected, and leaves a host only when that has stopped', () => {
  const volume = named('monitoring-host-figures')
  assert.deepEqual(volume.inputs, {
    availabilityZone: 'ap-northeast-1c',
    size: 30,
    type: 'gp3',
    encrypted: true,
    tags,
  })
  const attachment = named('monitoring-host-attachment')
  assert.ok(attachment.deleteBeforeReplace, 'a volume is with one host at a time')
  assert.deepEqual(attachment.inputs, {
    instanceId: 'monitoring-host-id',
    volumeId: 'vol-0123456789abcdef0',
    deviceName: '/dev/sdf',
    stopInstanceBeforeDetaching: true,
  })
  const guarded = all.filter(({ protect }) => protect).map(({ name }) => name)
  assert.deepEqual(guarded.sort(), ['monitoring-host-figures', 'monitoring-settings'])
  assert.ok(volume.retainOnDelete)
  assert.equal(named('monitoring-network-subnet').inputs['availabilityZone'], 'ap-northeast-1c')
})

const statements = (name: string, recorded = all) =>
  (JSON.parse(String(named(name, recorded).inputs['policy'])) as { Statement: readonly Stated[] }).Statement

test('the host may be reached by Session Manager, read its settings and its password, tell that alerts pass; nothing else', () => {
  const policy = statements('monitoring-host-policy')
  const actions = policy.flatMap(({ Action }) => Action)
  assert.deepEqual(actions.sort(), [
    'cloudwatch:PutMetricData',
    's3:GetObject',
    'ssm:GetParameter',
    'ssm:UpdateInstanceInformation',
    'ssmmessages:CreateControlChannel',
    'ssmmessages:CreateDataChannel',
    'ssmmessages:OpenControlChannel',
    'ssmmessages:OpenDataChannel',
  ])
  assert.ok(policy.every(({ Effect }) => Effect === 'Allow'))
  const may = (action: string, resource: string, keys: Record<string, string> = {}) =>
    deciding(policy, { action, resource, keys })
  const bucket = 'arn:aws:s3:::acme-123456789012-monitoring'
  assert.equal(may('s3:GetObject', `${bucket}/settings/rules.yml`), 'ReadSettings')
  assert.equal(may('s3:GetObject', `${bucket}/other/rules.yml`), null)
  assert.equal(may('s3:GetObject', 'arn:aws:s3:::acme-123456789012-core/settings/rules.yml'), null)
  const parameter = 'arn:aws:ssm:ap-northeast-1:123456789012:parameter/upkeep/acme/monitoring/smtp-password'
  assert.equal(may('ssm:GetParameter', parameter), 'ReadThePasswordOfTheMailServer')
  assert.equal(may('ssm:GetParameter', `${parameter}-2`), null)
  const put = (namespace: string) =>
    may('cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': namespace })
  assert.equal(put('Upkeep/acme'), 'TellThatAlertsPass')
  assert.equal(put('Upkeep/other'), null)
  assert.equal(
    statements('monitoring-host-policy', open).some(({ Sid }) => /Password/.test(Sid)),
    false,
    'there is no password to read',
  )
  assert.equal(of('iam/rolePolicyAttachment:RolePolicyAttachment').length, 0)
  const trust = JSON.parse(String(named('monitoring-host-role').inputs['assumeRolePolicy'])) as {
    Statement: unknown
  }
  assert.deepEqual(trust.Statement, [
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ])
})

test('settings lie in a private, versioned, encrypted bucket that is read by TLS only, whole or not at all', () => {
  const files = monitoringFiles(estate, 'https://git.example.com/ops/upkeep/docs/runbooks')
  assert.ok(files.ok)
  const texts = {
    ...files.value,
    'prometheus.env':
      '# Rendered by Upkeep from the estate file: a change here is taken back.\nKEEP_TIME=90d\nKEEP_SIZE=24GB\n',
  }
  const objects = of('s3/bucketObjectv2:BucketObjectv2').map(({ inputs }) => inputs)
  assert.deepEqual(
    objects.map(({ key, content, metadata }) => ({ key, content, metadata })),
    Object.entries(texts).map(([name, content]) => ({
      key: `settings/${name}`,
      content,
      metadata: { sha256: createHash('sha256').update(content).digest('hex') },
    })),
  )
  assert.equal(named('monitoring-settings').inputs['bucket'], 'acme-123456789012-monitoring')
  assert.deepEqual(named('monitoring-settings-versions').inputs['versioningConfiguration'], {
    status: 'Enabled',
  })
  assert.equal(named('monitoring-settings-private').inputs['restrictPublicBuckets'], true)
  const get = {
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::acme-123456789012-monitoring/settings/rules.yml',
  }
  const asked = (tls: string, version: string) =>
    deciding(statements('monitoring-settings-policy'), {
      ...get,
      keys: { 'aws:SecureTransport': tls, 's3:TlsVersion': version },
    })
  assert.equal(asked('false', '1.2'), 'OnlyTls')
  assert.equal(asked('true', '1.1'), 'OnlyNewTls')
  assert.equal(asked('true', '1.2'), null)
})

test('silence of the host is an alarm, told to the people of the core systems', () => {
  const arn = 'arn:aws:sns:ap-northeast-1:123456789012:upkeep-acme-monitoring'
  const { alarmDescription, ...alarm } = named('monitoring-silent').inputs
  assert.match(String(alarmDescription), /Watchdog/)
  assert.deepEqual(alarm, {
    name: 'upkeep-acme-monitoring',
    namespace: 'Upkeep/acme',
    metricName: 'Watchdog',
    statistic: 'Maximum',
    comparisonOperator: 'LessThanThreshold',
    threshold: 1,
    period: 300,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    treatMissingData: 'breaching',
    actionsEnabled: true,
    alarmActions: [arn],
    okActions: [arn],
    tags,
  })
  const told = of('sns/topicSubscription:TopicSubscription').map(({ inputs }) => inputs)
  assert.deepEqual(told, [
    { topic: arn, protocol: 'email', endpoint: 'li@example.com' },
    { topic: arn, protocol: 'email', endpoint: 'wang@example.com' },
  ])
  const publish = (account: string) =>
    deciding(statements('monitoring-silent-policy'), {
      action: 'sns:Publish',
      resource: arn,
      keys: { 'aws:SourceAccount': account },
    })
  assert.equal(publish('123456789012'), 'AlarmsTell')
  assert.equal(publish('999999999999'), null)
})

/** Names of what two estates have asked for differently. */
async function moved(change: (estate: Estate) => void): Promise<readonly string[]> {
  const other = await askedFor(estateOf('cloud-monitoring.yaml', change))
  const text = (recorded: readonly Recorded[], name: string) =>
    JSON.stringify(recorded.filter((one) => one.name === name))
  const names = new Set([...all, ...other].map(({ name }) => name))
  return [...names].filter((name) => text(all, name) !== text(other, name))
}

test('the same estate changes nothing', async () => {
  assert.deepEqual(await moved(() => {}), [])
})

test('a changed limit changes the object with the rules alone', async () => {
  const changed = await moved((one) => {
    one.patrol = { core: { limits: { memory: { warning: 71 } } } }
  })
  assert.deepEqual(changed, ['monitoring-settings-rules.yml'])
})

test('a new host changes objects alone: nothing that holds figures, and not the monitoring host', async () => {
  const changed = await moved((one) => {
    Object.assign(one.systems['erp']?.hosts ?? {}, {
      'erp-3': { ring: 'production', roles: ['app'], connection: { address: '10.20.1.23' } },
    })
  })
  assert.deepEqual(changed, ['monitoring-settings-prometheus.yml'])
})

test('days of figures change the object with the variables alone; a larger volume that and the volume', async () => {
  const set = (values: object) => (one: Estate) => void Object.assign(one.cloudMonitoring ?? {}, values)
  assert.deepEqual(await moved(set({ keepDays: 30 })), ['monitoring-settings-prometheus.env'])
  assert.deepEqual(await moved(set({ diskGb: 60 })), [
    'monitoring-settings-prometheus.env',
    'monitoring-host-figures',
  ])
})

test('another image is another host, beside the same volume', async () => {
  const changed = await moved(
    (one) => void Object.assign(one.cloudMonitoring ?? {}, { image: 'ami-0fedcba9876543210' }),
  )
  assert.deepEqual(changed, ['monitoring-host'])
})

test('the provider works in the account and region of the estate alone', () => {
  const [provider, ...more] = all.filter(({ type }) => type === 'pulumi:providers:aws')
  assert.deepEqual(more, [])
  assert.deepEqual(JSON.parse(String(provider?.inputs['allowedAccountIds'])), ['123456789012'])
  assert.equal(provider?.inputs['region'], 'ap-northeast-1')
})

test('what can carry marks is marked with estate and stack', () => {
  const carries =
    /^aws:(ec2\/(vpc|subnet|internetGateway|routeTable|securityGroup|instance|defaultSecurityGroup)|ebs\/volume|s3\/bucket(Objectv2)?|vpc\/securityGroup(In|E)gressRule|iam\/(role|instanceProfile)|sns\/topic|cloudwatch\/metricAlarm):/
  const marked = all.filter(({ type }) => carries.test(type))
  assert.ok(marked.length > 15)
  for (const { name, inputs } of marked) assert.deepEqual(inputs['tags'], tags, name)
})
