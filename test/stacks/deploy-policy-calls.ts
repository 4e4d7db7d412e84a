import type { programNames } from './deploy-policy-estates.ts'
import type { Call } from './evaluate.ts'

// Calls of AWS against which the policies for `up` are held, with the keys that AWS gives to conditions.

export type Name = (typeof programNames)[number]

/** What is done, in words, by the calls or the parts of a call. */
type Done = readonly [program: Name, what: string, calls: readonly Call[]]

export const marks = (stack: Name, on: string, estate = 'acme') => ({
  [`aws:${on}/upkeep:estate`]: estate,
  [`aws:${on}/upkeep:stack`]: stack,
})

export const account = '123456789012'
const near = 'ap-northeast-1'
export const far = 'ap-southeast-1'
export const bucket = `arn:aws:s3:::acme-${account}-core`
export const object = `${bucket}/data/1`
export const key = `arn:aws:kms:${far}:${account}:key/1234`
export const ec2 = (rest: string) => `arn:aws:ec2:${near}:${account}:${rest}`
export const user = (name: string) => `arn:aws:iam::${account}:user/upkeep/backup-writer/${name}`
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`
const topic = `arn:aws:sns:${near}:${account}:upkeep-acme-monitoring`
const mail = { 'sns:Protocol': 'email' }
const window = `arn:aws:ssm:${near}:${account}:maintenancewindow/mw-1`

export function on(action: string, resource: string, keys: Readonly<Record<string, string>> = {}): Call {
  return { action, resource, keys }
}

/** The parts of a call that starts a host. */
function start(changed: Readonly<Record<string, string>> = {}, image = 'ami-0123456789abcdef0'): Call[] {
  const run = 'ec2:RunInstances'
  const ours = marks('monitoring', 'ResourceTag')
  const host = {
    ...marks('monitoring', 'RequestTag'),
    'ec2:InstanceType': 't3.small',
    'ec2:MetadataHttpTokens': 'required',
    'ec2:Encrypted': 'true',
    ...changed,
  }
  return [
    on(run, ec2('instance/*'), host),
    on(run, ec2('volume/*'), { 'ec2:Encrypted': host['ec2:Encrypted'] }),
    on(run, ec2('network-interface/*')),
    on(run, ec2('subnet/subnet-1'), ours),
    on(run, ec2('security-group/sg-1'), ours),
    on(run, `arn:aws:ec2:${near}::image/${image}`),
  ]
}

const passed = { 'iam:PassedToService': 'ec2.amazonaws.com' }
const host = 'upkeep/monitoring/monitoring-host-role-0123abc'

export const letThrough: readonly Done[] = [
  [
    'backup',
    'a bucket is made and locked',
    [on('s3:CreateBucket', bucket), on('s3:PutBucketObjectLockConfiguration', bucket)],
  ],
  [
    'backup',
    'a key is made with our tags',
    ['kms:CreateKey', 'kms:TagResource'].map((action) =>
      on(action, '*', { ...marks('backup', 'RequestTag'), 'aws:RequestedRegion': far }),
    ),
  ],
  ['backup', 'our key turns', [on('kms:EnableKeyRotation', key, marks('backup', 'ResourceTag'))]],
  [
    'backup',
    'a writer is made',
    [
      on('iam:CreateUser', user(`acme-${account}-core`)),
      on('iam:CreateAccessKey', user(`acme-${account}-core`)),
    ],
  ],
  ['monitoring', 'the host is started', start()],
  ['monitoring', 'a person is told by mail', [on('sns:Subscribe', topic, mail)]],
  ['monitoring', 'the host gets its role', [on('iam:PassRole', role(host), passed)]],
  [
    'monitoring',
    'a network is made, and a subnet in it',
    [
      on('ec2:CreateVpc', ec2('vpc/*'), marks('monitoring', 'RequestTag')),
      on('ec2:CreateSubnet', ec2('subnet/*'), marks('monitoring', 'RequestTag')),
      on('ec2:CreateSubnet', ec2('vpc/vpc-1'), marks('monitoring', 'ResourceTag')),
      on('ec2:CreateTags', ec2('vpc/vpc-1'), { 'ec2:CreateAction': 'CreateVpc' }),
    ],
  ],
  [
    'monitoring',
    'the group that EC2 made gets our tags',
    [on('ec2:CreateTags', ec2('security-group/sg-9'), marks('monitoring', 'RequestTag'))],
  ],
  ['monitoring', 'hosts are listed', [on('ec2:DescribeInstances', '*', { 'aws:RequestedRegion': near })]],
  [
    'monitoring',
    'settings go with the stack',
    [on('s3:DeleteObjectVersion', 'arn:aws:s3:::acme-watches/settings/rules.yml')],
  ],
  [
    'windows',
    'a window is made',
    [
      on('ssm:CreateMaintenanceWindow', '*', {
        ...marks('windows', 'RequestTag'),
        'aws:RequestedRegion': near,
      }),
    ],
  ],
  [
    'windows',
    'a task of our window is changed',
    [
      on('ssm:UpdateMaintenanceWindowTask', window, marks('windows', 'ResourceTag')),
      on('ssm:UpdateMaintenanceWindowTask', `arn:aws:ssm:${near}:${account}:windowtask/1`),
    ],
  ],
  [
    'windows',
    'a calendar is made',
    [on('ssm:CreateDocument', `arn:aws:ssm:${near}:${account}:document/upkeep_acme_erp`)],
  ],
]

export const ofOthers: readonly Done[] = [
  ['backup', 'another bucket', [on('s3:CreateBucket', 'arn:aws:s3:::somebody')]],
  ['backup', 'a bucket whose name begins like one of ours', [on('s3:CreateBucket', `${bucket}-2`)]],
  ['backup', 'what is stored is read', [on('s3:GetObject', object)]],
  ['backup', 'something is stored', [on('s3:PutObject', object)]],
  ['backup', 'a key of others', [on('kms:PutKeyPolicy', key)]],
  [
    'backup',
    'a key of another estate',
    [on('kms:PutKeyPolicy', key, marks('backup', 'ResourceTag', 'other'))],
  ],
  [
    'backup',
    'a key of another region',
    [on('kms:PutKeyPolicy', key.replace(far, near), marks('backup', 'ResourceTag'))],
  ],
  ['backup', 'a key without our tags', [on('kms:CreateKey', '*', { 'aws:RequestedRegion': far })]],
  ['backup', 'a key is used', [on('kms:Decrypt', key, marks('backup', 'ResourceTag'))]],
  ['backup', 'another user', [on('iam:CreateAccessKey', `arn:aws:iam::${account}:user/admin`)]],
  ['backup', 'a managed policy', [on('iam:AttachUserPolicy', user(`acme-${account}-core`))]],
  ['backup', 'a log-in for people', [on('iam:CreateLoginProfile', user(`acme-${account}-core`))]],
  ['monitoring', 'another role is passed', [on('iam:PassRole', role('admin'), passed)]],
  [
    'monitoring',
    'our role is passed to another service',
    [on('iam:PassRole', role(host), { 'iam:PassedToService': 'lambda.amazonaws.com' })],
  ],
  ['monitoring', 'a managed policy', [on('iam:AttachRolePolicy', role(host))]],
  ['monitoring', 'a larger host', start({ 'ec2:InstanceType': 'p5.48xlarge' })],
  ['monitoring', 'a host with the old metadata service', start({ 'ec2:MetadataHttpTokens': 'optional' })],
  ['monitoring', 'a host without our tags', start({ 'aws:RequestTag/upkeep:estate': 'other' })],
  ['monitoring', 'a host with an open disk', start({ 'ec2:Encrypted': 'false' })],
  ['monitoring', 'another image', start({}, 'ami-0fedcba9876543210')],
  ['monitoring', 'a host of others is ended', [on('ec2:TerminateInstances', ec2('instance/i-1'))]],
  [
    'monitoring',
    'a host of others is made ours',
    [on('ec2:CreateTags', ec2('instance/i-1'), marks('monitoring', 'RequestTag'))],
  ],
  [
    'monitoring',
    'a volume of another estate is made ours',
    [
      on('ec2:CreateTags', ec2('volume/vol-1'), {
        ...marks('monitoring', 'RequestTag'),
        ...marks('monitoring', 'ResourceTag', 'other'),
      }),
    ],
  ],
  [
    'monitoring',
    'hosts of another region',
    [on('ec2:DescribeInstances', '*', { 'aws:RequestedRegion': far })],
  ],
  ['monitoring', 'other objects of the bucket', [on('s3:PutObject', 'arn:aws:s3:::acme-watches/other')]],
  [
    'monitoring',
    'another topic',
    [on('sns:Subscribe', topic.replace('upkeep-acme-monitoring', 'payments'), mail)],
  ],
  ['monitoring', 'a machine is told by the topic', [on('sns:Subscribe', topic, { 'sns:Protocol': 'https' })]],
  [
    'monitoring',
    'another alarm',
    [on('cloudwatch:DeleteAlarms', `arn:aws:cloudwatch:${near}:${account}:alarm:other`)],
  ],
  ['windows', 'a window of others', [on('ssm:UpdateMaintenanceWindow', window)]],
  [
    'windows',
    'a document of others',
    [on('ssm:UpdateDocument', `arn:aws:ssm:${near}:${account}:document/deploy`)],
  ],
  [
    'windows',
    'a document of another estate',
    [on('ssm:UpdateDocument', `arn:aws:ssm:${near}:${account}:document/upkeep_acme2_erp`)],
  ],
  ['windows', 'a command at once', [on('ssm:SendCommand', ec2('instance/i-1'))]],
  ['windows', 'a role', [on('iam:PassRole', role('admin'), { 'iam:PassedToService': 'ssm.amazonaws.com' })]],
]
