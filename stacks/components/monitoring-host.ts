import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { instanceTrust } from '../monitoring-policies.ts'

export type MonitoringHostArgs = {
  readonly region: string
  readonly zone: string
  readonly image: string
  readonly instance: string
  readonly diskGb: number
  readonly subnetId: pulumi.Input<string>
  readonly securityGroupId: pulumi.Input<string>
  /** What the host may do, as a policy document. */
  readonly policy: string
  /** User data, when the id of the volume is known. */
  readonly userData: (volume: string) => string
  readonly tags: Readonly<Record<string, string>>
}

/** A host that keeps its figures on a volume of its own: the host may be made anew, the volume never is. */
export class MonitoringHost extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>
  readonly volumeId: pulumi.Output<string>

  constructor(name: string, args: MonitoringHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super('upkeep:monitoring:MonitoringHost', name, args, opts)
    const { region, zone, diskGb, policy, userData, tags } = args
    const child = { parent: this }
    const path = '/upkeep/monitoring/'
    const role = new aws.iam.Role(
      `${name}-role`,
      { path, assumeRolePolicy: instanceTrust(region), tags },
      child,
    )
    const allowed = new aws.iam.RolePolicy(
      `${name}-policy`,
      { role: role.id, name: 'monitoring-host', policy },
      child,
    )
    const profile = new aws.iam.InstanceProfile(`${name}-profile`, { path, role: role.name, tags }, child)
    const volume = new aws.ebs.Volume(
      `${name}-figures`,
      { availabilityZone: zone, size: diskGb, type: 'gp3', encrypted: true, tags },
      { ...child, protect: true, retainOnDelete: true },
    )
    const instance = new aws.ec2.Instance(
      name,
      {
        ami: args.image,
        instanceType: args.instance,
        subnetId: args.subnetId,
        vpcSecurityGroupIds: [args.securityGroupId],
        associatePublicIpAddress: true,
        iamInstanceProfile: profile.name,
        // IMDSv2 only, and no further than the host itself: a request that a probe is led to by others gets no credentials.
        metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
        rootBlockDevice: { encrypted: true, volumeType: 'gp3', deleteOnTermination: true, tags },
        ebsOptimized: true,
        userData: volume.id.apply(userData),
        // It is read at the first start only; the settings come another way.
        userDataReplaceOnChange: false,
        tags,
      },
      { ...child, dependsOn: [allowed] },
    )
    new aws.ec2.VolumeAttachment(
      `${name}-attachment`,
      {
        instanceId: instance.id,
        volumeId: volume.id,
        deviceName: '/dev/sdf',
        // A file system that is written to is never torn off.
        stopInstanceBeforeDetaching: true,
      },
      // A volume is with one host at a time.
      { ...child, deleteBeforeReplace: true },
    )
    this.instanceId = instance.id
    this.volumeId = volume.id
    this.registerOutputs({ instanceId: this.instanceId, volumeId: this.volumeId })
  }
}
