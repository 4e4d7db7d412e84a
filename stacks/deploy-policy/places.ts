import { cloudName } from '../../core/estate/cloud-windows.ts'
import type {
  ResolvedCloudMonitoring,
  ResolvedCloudWindows,
  ResolvedEstate,
  ResolvedOffsite,
} from '../../core/estate/resolved.ts'
import { arnOfBucket, partitionOf } from '../arn.ts'
import { ec2Service } from '../monitoring-policies.ts'
import type { Condition } from '../policies.ts'
import { tagsOf } from '../tags.ts'
import type { Place } from './row.ts'

/** Where actions are allowed, and when. `why`: the reason of a resource `*`. */
export type Where = {
  readonly resources: readonly string[]
  readonly condition?: Condition
  readonly why?: string
}

/** The places of a program, for an estate. */
export type Places = Readonly<Partial<Record<Place, Where>>>

type Marks = Readonly<Record<string, string>>

/** Marks that are on a thing already, or with which it is made. */
function marked(marks: Marks, on: 'ResourceTag' | 'RequestTag'): Marks {
  return Object.fromEntries(Object.entries(marks).map(([key, value]) => [`aws:${on}/${key}`, value]))
}

// What bears our mark, of whichever stack or estate, is never marked anew as another one's.
const unmarked = { Null: { 'aws:ResourceTag/upkeep:estate': 'true' } } as const

/** The places of the program `backup`. */
export function backupPlaces(estate: ResolvedEstate, offsite: ResolvedOffsite): Places {
  const { account, region, logBucket, stores } = offsite
  const partition = partitionOf(region)
  const marks = tagsOf(estate.name, 'backup')
  return {
    bucket: {
      resources: [...stores.map(({ bucket }) => bucket), logBucket].map((name) => arnOfBucket(name, region)),
    },
    newKey: {
      resources: ['*'],
      condition: {
        StringEquals: { ...marked(marks, 'RequestTag'), 'aws:RequestedRegion': region },
      },
      why: 'A key has no ARN before it is made, and whoever makes it with tags may not be limited to some keys (AWS KMS, "Controlling access to tags").',
    },
    key: {
      resources: [`arn:${partition}:kms:${region}:${account}:key/*`],
      condition: { StringEquals: marked(marks, 'ResourceTag') },
    },
    writer: {
      resources: stores.map(
        ({ bucket }) => `arn:${partition}:iam::${account}:user/upkeep/backup-writer/${bucket}`,
      ),
    },
  }
}

// What EC2 makes for the monitoring host, with tags from the first.
const madeTypes = [
  'internet-gateway',
  'route-table',
  'security-group',
  'security-group-rule',
  'subnet',
  'volume',
  'vpc',
] as const

// The actions that make it: only as part of one of them tags are put on what has none.
const making = [
  'AuthorizeSecurityGroupEgress',
  'AuthorizeSecurityGroupIngress',
  'CreateInternetGateway',
  'CreateRouteTable',
  'CreateSecurityGroup',
  'CreateSubnet',
  'CreateVolume',
  'CreateVpc',
  'RunInstances',
] as const

/** The places of the program `monitoring`. */
export function monitoringPlaces(estate: ResolvedEstate, cloud: ResolvedCloudMonitoring): Places {
  const { account, region, bucket } = cloud
  const partition = partitionOf(region)
  const called = `upkeep-${estate.name}-monitoring`
  const marks = tagsOf(estate.name, 'monitoring')
  const [ours, asOurs] = [marked(marks, 'ResourceTag'), marked(marks, 'RequestTag')]
  const ec2 = (...types: readonly string[]) =>
    types.map((type) => `arn:${partition}:ec2:${region}:${account}:${type}/*`)
  // The engine adds eight characters of its own to these names.
  const iam = (type: string, name: string) => [
    `arn:${partition}:iam::${account}:${type}/upkeep/monitoring/${name}-*`,
  ]
  const topic = `arn:${partition}:sns:${region}:${account}:${called}`
  const alarms = `arn:${partition}:cloudwatch:${region}:${account}:alarm:`
  return {
    bucket: { resources: [arnOfBucket(bucket, region)] },
    settings: { resources: [`${arnOfBucket(bucket, region)}/settings/*`] },
    role: { resources: iam('role', 'monitoring-host-role') },
    passedRole: {
      resources: iam('role', 'monitoring-host-role'),
      condition: { StringEquals: { 'iam:PassedToService': ec2Service(region) } },
    },
    profile: { resources: iam('instance-profile', 'monitoring-host-profile') },
    ec2List: {
      resources: ['*'],
      condition: { StringEquals: { 'aws:RequestedRegion': region } },
      why: 'EC2 lists all of a region or nothing: these actions know no resources.',
    },
    ec2New: { resources: ec2(...madeTypes), condition: { StringEquals: asOurs } },
    ec2Made: {
      resources: ec2('instance', ...madeTypes),
      condition: { StringEquals: { 'ec2:CreateAction': making } },
    },
    ec2Untagged: {
      resources: ec2('security-group', 'volume'),
      condition: { StringEquals: asOurs, ...unmarked },
    },
    ec2: { resources: ec2('instance', ...madeTypes), condition: { StringEquals: ours } },
    newHost: {
      resources: ec2('instance'),
      condition: {
        StringEquals: {
          ...asOurs,
          'ec2:InstanceType': cloud.instance,
          'ec2:MetadataHttpTokens': 'required',
        },
      },
    },
    newRootDisk: { resources: ec2('volume'), condition: { Bool: { 'ec2:Encrypted': 'true' } } },
    newInterface: { resources: ec2('network-interface') },
    image: { resources: [`arn:${partition}:ec2:${region}::image/${cloud.image}`] },
    topic: { resources: [topic] },
    newSubscription: { resources: [topic], condition: { StringEquals: { 'sns:Protocol': 'email' } } },
    subscription: { resources: [topic, `${topic}:*`] },
    alarm: { resources: [`${alarms}${called}`] },
    // It answers with names of all of them, and asks for the right to that.
    alarmList: { resources: [`${alarms}*`] },
  }
}

/** The places of the program `windows`. */
export function windowsPlaces(estate: ResolvedEstate, { account, region }: ResolvedCloudWindows): Places {
  const partition = partitionOf(region)
  const marks = tagsOf(estate.name, 'windows')
  const ssm = (rest: string) => `arn:${partition}:ssm:${region}:${account}:${rest}`
  const service = 'ssm.amazonaws.com'
  return {
    newWindow: {
      resources: ['*'],
      condition: { StringEquals: { ...marked(marks, 'RequestTag'), 'aws:RequestedRegion': region } },
      why: 'A window has no ARN before it is made: the action that makes one knows no resources.',
    },
    untaggedWindow: {
      resources: [ssm('maintenancewindow/*')],
      condition: { StringEquals: marked(marks, 'RequestTag'), ...unmarked },
    },
    window: {
      resources: [ssm('maintenancewindow/*')],
      condition: { StringEquals: marked(marks, 'ResourceTag') },
    },
    // They bear no tags; the window that each is part of has to be ours as well.
    windowPart: { resources: [ssm('windowtarget/*'), ssm('windowtask/*')] },
    calendar: { resources: [ssm(`document/${cloudName(estate.name, '*')}`)] },
    serviceRole: {
      resources: [
        `arn:${partition}:iam::${account}:role/aws-service-role/${service}/AWSServiceRoleForAmazonSSM`,
      ],
      condition: { StringEquals: { 'iam:AWSServiceName': service } },
    },
  }
}
