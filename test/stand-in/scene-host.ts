import { hostPolicy, instanceTrust, topicPolicy } from '../../stacks/monitoring-policies.ts'
import { region } from './cloud.ts'
import { account } from './said.ts'
import { of, type Part, tags } from './scene-part.ts'

/** An image that moto has, for arm64 as the stack's own hosts. */
export const image = 'ami-04d45969b0acd64c3'
const zone = `${region}a`
const bucket = 'upkeep-test-monitoring'

/** The rest of what the program `monitoring` makes, by name. */
export const hostScene: Readonly<Record<string, Part>> = {
  bucket: {
    type: 'aws:s3/bucket:Bucket',
    says: () => ({ bucket, region, tags, forceDestroy: false }),
    changes: {},
    replaces: {},
  },
  versions: {
    type: 'aws:s3/bucketVersioning:BucketVersioning',
    says: () => ({ bucket, region, versioningConfiguration: { status: 'Enabled' } }),
    changes: {},
    replaces: {},
  },
  rules: {
    type: 'aws:s3/bucketObjectv2:BucketObjectv2',
    says: () => ({
      bucket,
      region,
      key: 'settings/rules.yml',
      content: 'groups: []\n',
      contentType: 'text/plain; charset=utf-8',
      metadata: { sha256: 'a1' },
      tags,
    }),
    changes: {
      content: 'groups: [{}]\n',
      contentType: 'application/yaml',
      metadata: { sha256: 'b2' },
      tags: { other: 'one' },
    },
    replaces: { bucket: 'other', key: 'other', region: 'eu-west-1' },
  },
  role: {
    type: 'aws:iam/role:Role',
    says: () => ({ name: 'host-role-1', path: '/upkeep/', assumeRolePolicy: instanceTrust(region), tags }),
    changes: { assumeRolePolicy: instanceTrust('cn-north-1'), tags: { other: 'one' } },
    replaces: { name: 'host-role-2', path: '/' },
  },
  allowed: {
    type: 'aws:iam/rolePolicy:RolePolicy',
    says: () => ({ role: 'host-role-1', name: 'monitoring-host', policy: hosts('a') }),
    changes: { policy: hosts('b') },
    replaces: { role: 'host-role-2', name: 'other' },
  },
  profile: {
    type: 'aws:iam/instanceProfile:InstanceProfile',
    says: () => ({ name: 'host-profile-1', path: '/upkeep/', role: 'host-role-1', tags }),
    changes: { role: null, tags: { other: 'one' } },
    replaces: { name: 'host-profile-2', path: '/' },
  },
  figures: {
    type: 'aws:ebs/volume:Volume',
    says: () => ({ availabilityZone: zone, size: 30, type: 'gp3', encrypted: true, tags }),
    changes: { size: 40, type: 'gp2', tags: { other: 'one' } },
    // EBS makes no volume smaller.
    stays: { size: 40 },
    replaces: { availabilityZone: `${region}b`, encrypted: false },
  },
  host: {
    type: 'aws:ec2/instance:Instance',
    says: (ids) => ({
      ami: image,
      instanceType: 't4g.small',
      subnetId: of('subnet')(ids),
      vpcSecurityGroupIds: [of('group')(ids)],
      associatePublicIpAddress: true,
      iamInstanceProfile: 'host-profile-1',
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      rootBlockDevice: { encrypted: true, volumeType: 'gp3', deleteOnTermination: true, tags },
      ebsOptimized: true,
      userData: '#cloud-config\n{}\n',
      userDataReplaceOnChange: false,
      tags,
    }),
    changes: {
      instanceType: 't4g.medium',
      userData: '#cloud-config\n{"runcmd": []}\n',
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 2 },
      rootBlockDevice: { encrypted: true, volumeType: 'gp2', deleteOnTermination: true, tags },
      tags: { other: 'one' },
    },
    replaces: {
      ami: 'ami-00000000000000000',
      subnetId: 'subnet-0',
      associatePublicIpAddress: false,
      ebsOptimized: false,
      rootBlockDevice: { encrypted: false, volumeType: 'gp3', deleteOnTermination: true, tags },
    },
  },
  attachment: {
    type: 'aws:ec2/volumeAttachment:VolumeAttachment',
    says: (ids) => ({
      instanceId: of('host')(ids),
      volumeId: of('figures')(ids),
      deviceName: '/dev/sdf',
      stopInstanceBeforeDetaching: true,
    }),
    changes: {},
    replaces: { instanceId: 'i-0', volumeId: 'vol-0', deviceName: '/dev/sdg' },
    taken: (ids) => `/dev/sdf:${of('figures')(ids)}:${of('host')(ids)}`,
  },
  topic: {
    type: 'aws:sns/topic:Topic',
    says: () => ({ name: 'upkeep-test-monitoring', tags }),
    changes: { tags: { other: 'one' } },
    replaces: { name: 'upkeep-other' },
  },
  tellers: {
    type: 'aws:sns/topicPolicy:TopicPolicy',
    says: (ids) => ({ arn: of('topic')(ids), policy: topicPolicy(of('topic')(ids), account) }),
    changes: { policy: topicPolicy('arn:aws:sns:x:1:y', '999999999999') },
    replaces: { arn: 'arn:aws:sns:x:1:y' },
  },
  person: {
    type: 'aws:sns/topicSubscription:TopicSubscription',
    says: (ids) => ({ topic: of('topic')(ids), protocol: 'email', endpoint: 'ops@example.com' }),
    changes: {},
    replaces: { topic: 'arn:aws:sns:x:1:y', protocol: 'sqs', endpoint: 'a@example.com' },
  },
  silent: {
    type: 'aws:cloudwatch/metricAlarm:MetricAlarm',
    says: (ids) => ({
      name: 'upkeep-test-monitoring',
      alarmDescription: 'silence',
      namespace: 'Upkeep/test',
      metricName: 'Watchdog',
      statistic: 'Maximum',
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      period: 300,
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
      treatMissingData: 'breaching',
      actionsEnabled: true,
      alarmActions: [of('topic')(ids)],
      okActions: [of('topic')(ids)],
      tags,
    }),
    changes: {
      alarmDescription: 'other',
      threshold: 2,
      period: 60,
      evaluationPeriods: 5,
      datapointsToAlarm: 4,
      treatMissingData: 'missing',
      comparisonOperator: 'LessThanOrEqualToThreshold',
      okActions: [],
      tags: { other: 'one' },
    },
    replaces: { name: 'upkeep-other' },
  },
}

function hosts(namespace: string): string {
  return hostPolicy({ account, region, bucket, prefix: 'settings/', namespace })
}
