import {
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeVolumesCommand,
  type Instance,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  ModifyVolumeCommand,
  ReplaceIamInstanceProfileAssociationCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type VolumeType,
  type _InstanceType,
} from '@aws-sdk/client-ec2'
import { type Cloud, unlessGone } from './cloud.ts'
import { retagged, taggedAs, tagsFrom } from './ec2-tags.ts'
import type { Kind } from './kind.ts'
import { hasUnknown, isList, objectOf, type Properties, same, textOf, type Value, written } from './values.ts'

const gone = ['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed']

/** aws:ec2/instance:Instance. Sources: internal/service/ec2/ec2_instance.go. */
export const instance: Kind = {
  type: 'aws:ec2/instance:Instance',
  rules: {
    ami: 'replaces', // ForceNew
    subnetId: 'replaces', // ForceNew
    associatePublicIpAddress: 'replaces', // ForceNew
    ebsOptimized: 'replaces', // ForceNew
    instanceType: 'updates', // stopped, changed, started
    vpcSecurityGroupIds: 'updates',
    iamInstanceProfile: 'updates',
    metadataOptions: 'updates',
    // Of its root disk only "encrypted" and "kms_key_id" are ForceNew among what is said here.
    rootBlockDevice: (from, to) =>
      same(objectOf(from)['encrypted'], objectOf(to)['encrypted']) ? 'updates' : 'replaces',
    userData: 'updates', // stopped, changed, started: userDataReplaceOnChange is false
    userDataReplaceOnChange: 'updates',
    tags: 'updates',
  },
  required: ['ami', 'instanceType', 'subnetId'],
  defaults: { userDataReplaceOnChange: false },
  computed: ['arn', 'instanceState', 'privateIp', 'publicIp', 'primaryNetworkInterfaceId', 'tagsAll'],
  refuses,
  async make(cloud, inputs) {
    const { ec2 } = cloud
    const root = await rootFor(cloud, inputs)
    const { encrypted, volumeType, deleteOnTermination } = objectOf(inputs['rootBlockDevice'])
    const metadata = metadataTo(inputs['metadataOptions'])
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        ImageId: textOf(inputs['ami']),
        InstanceType: textOf(inputs['instanceType']) as _InstanceType,
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: [
          {
            DeviceIndex: 0,
            SubnetId: textOf(inputs['subnetId']),
            Groups: textsOf(inputs['vpcSecurityGroupIds']),
            AssociatePublicIpAddress: inputs['associatePublicIpAddress'] === true,
          },
        ],
        IamInstanceProfile: { Name: textOf(inputs['iamInstanceProfile']) },
        MetadataOptions: metadata,
        EbsOptimized: inputs['ebsOptimized'] === true,
        UserData: base64(inputs['userData']),
        BlockDeviceMappings: [
          {
            DeviceName: root.name,
            Ebs: {
              // moto takes no size from the image.
              VolumeSize: root.sizeGb,
              Encrypted: encrypted === true,
              VolumeType: textOf(volumeType) as VolumeType,
              DeleteOnTermination: deleteOnTermination !== false,
            },
          },
        ],
        ...taggedAs('instance', inputs),
      }),
    )
    const id = Instances?.[0]?.InstanceId ?? ''
    const disk = await rootOf(cloud, await instanceOf(cloud, id))
    const { tags } = objectOf(inputs['rootBlockDevice'])
    if (tags !== undefined) await retagged(cloud, disk?.VolumeId ?? '', { tags }, {})
    return { id }
  },
  async read(cloud, id, known) {
    const found = await instanceOf(cloud, id)
    if (found === undefined) return null
    const asked = new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: 'userData' })
    const { UserData } = await cloud.ec2.send(asked)
    const root = await rootOf(cloud, found)
    const options = found.MetadataOptions
    return {
      ami: found.ImageId ?? '',
      subnetId: found.SubnetId ?? '',
      // One that stands still has no address: that says nothing of what it was made with.
      associatePublicIpAddress:
        found.State?.Name === 'running'
          ? found.PublicIpAddress !== undefined
          : (known['associatePublicIpAddress'] ?? null),
      // moto forgets it.
      ebsOptimized: known['ebsOptimized'] ?? false,
      instanceType: found.InstanceType ?? '',
      vpcSecurityGroupIds: groupsOf(found),
      iamInstanceProfile: found.IamInstanceProfile?.Arn?.split('/').at(-1) ?? null,
      metadataOptions: {
        httpEndpoint: options?.HttpEndpoint ?? null,
        httpTokens: options?.HttpTokens ?? null,
        httpPutResponseHopLimit: options?.HttpPutResponseHopLimit ?? null,
      },
      rootBlockDevice: {
        encrypted: root?.Encrypted === true,
        volumeType: root?.VolumeType ?? null,
        deleteOnTermination: root?.Attachments?.[0]?.DeleteOnTermination !== false,
        tags: tagsFrom(root?.Tags).tags,
      },
      userData: Buffer.from(UserData?.Value ?? '', 'base64').toString(),
      userDataReplaceOnChange: known['userDataReplaceOnChange'] ?? false,
      ...tagsFrom(found.Tags),
      arn: `arn:aws:ec2:${cloud.region}:${found.NetworkInterfaces?.[0]?.OwnerId ?? ''}:instance/${id}`,
      instanceState: found.State?.Name ?? '',
      privateIp: found.PrivateIpAddress ?? '',
      publicIp: found.PublicIpAddress ?? '',
      primaryNetworkInterfaceId: found.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '',
    }
  },
  change,
  async remove(cloud, id) {
    if ((await instanceOf(cloud, id)) === undefined) return
    await cloud.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
  },
}

async function change(cloud: Cloud, InstanceId: string, to: Properties, from: Properties): Promise<void> {
  const { ec2 } = cloud
  const isOther = (name: string) => !same(to[name], from[name])
  if (isOther('vpcSecurityGroupIds')) {
    const Groups = textsOf(to['vpcSecurityGroupIds'])
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, Groups }))
  }
  if (isOther('metadataOptions')) {
    const options = metadataTo(to['metadataOptions'])
    await ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, ...options }))
  }
  if (isOther('iamInstanceProfile')) {
    const Filters = [{ Name: 'instance-id', Values: [InstanceId] }]
    const asked = new DescribeIamInstanceProfileAssociationsCommand({ Filters })
    const found = (await ec2.send(asked)).IamInstanceProfileAssociations?.[0]
    await ec2.send(
      new ReplaceIamInstanceProfileAssociationCommand({
        AssociationId: found?.AssociationId,
        IamInstanceProfile: { Name: textOf(to['iamInstanceProfile']) },
      }),
    )
  }
  // EC2 changes neither while the host runs.
  if (isOther('instanceType') || isOther('userData')) {
    const InstanceIds = [InstanceId]
    await ec2.send(new StopInstancesCommand({ InstanceIds }))
    const InstanceType = { Value: textOf(to['instanceType']) }
    if (isOther('instanceType'))
      await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, InstanceType }))
    // moto decodes it a second time.
    const UserData = { Value: Buffer.from(base64(to['userData']) ?? '') }
    if (isOther('userData')) await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, UserData }))
    await ec2.send(new StartInstancesCommand({ InstanceIds }))
  }
  if (isOther('rootBlockDevice')) await changeRoot(cloud, InstanceId, { to, from })
  await retagged(cloud, InstanceId, to, from)
}

async function changeRoot(
  cloud: Cloud,
  id: string,
  { to, from }: { readonly to: Properties; readonly from: Properties },
): Promise<void> {
  const [fresh, old] = [objectOf(to['rootBlockDevice']), objectOf(from['rootBlockDevice'])]
  if (!same(fresh['deleteOnTermination'], old['deleteOnTermination']))
    throw new Error("the lab's stand-in for AWS does not change whether a root disk goes with its host")
  const root = await rootOf(cloud, await instanceOf(cloud, id))
  const VolumeId = root?.VolumeId ?? ''
  if (!same(fresh['volumeType'], old['volumeType'])) {
    const type = textOf(fresh['volumeType']) as VolumeType
    await cloud.ec2.send(new ModifyVolumeCommand({ VolumeId, VolumeType: type }))
  }
  await retagged(cloud, VolumeId, fresh, old)
}

async function instanceOf({ ec2 }: Cloud, id: string): Promise<Instance | undefined> {
  const asked = ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))
  const found = (await unlessGone(asked, ...gone))?.Reservations?.[0]?.Instances?.[0]
  return found?.State?.Name === 'terminated' ? undefined : found
}

// moto has the groups of a new host with its network interface alone, and changed ones with the host alone.
function groupsOf({ SecurityGroups = [], NetworkInterfaces = [] }: Instance): readonly string[] {
  const groups = SecurityGroups.length > 0 ? SecurityGroups : (NetworkInterfaces[0]?.Groups ?? [])
  return groups.map(({ GroupId = '' }) => GroupId)
}

async function rootOf({ ec2 }: Cloud, found: Instance | undefined) {
  const mapped = found?.BlockDeviceMappings?.find((one) => one.DeviceName === found.RootDeviceName)
  const VolumeIds = [mapped?.Ebs?.VolumeId ?? '']
  const asked = ec2.send(new DescribeVolumesCommand({ VolumeIds }))
  return (await unlessGone(asked, 'InvalidVolume.NotFound'))?.Volumes?.[0]
}

/** The root disk of the image. moto starts an image of another architecture than that of the host: EC2 does not. */
async function rootFor({ ec2 }: Cloud, inputs: Properties): Promise<{ name: string; sizeGb: number }> {
  const ImageIds = [written(inputs['ami'])]
  const image = (await ec2.send(new DescribeImagesCommand({ ImageIds }))).Images?.[0]
  const type = written(inputs['instanceType'])
  const { InstanceTypes } = await ec2.send(
    new DescribeInstanceTypesCommand({ InstanceTypes: [type as _InstanceType] }),
  )
  const able = InstanceTypes?.[0]?.ProcessorInfo?.SupportedArchitectures ?? []
  const is = image?.Architecture ?? ''
  if (!able.some((one) => one === is))
    throw new Error(
      `EC2 starts no image of ${is} on ${type}, which is ${able.join(', ')} (InvalidParameterValue)`,
    )
  const name = image?.RootDeviceName ?? ''
  const disk = image?.BlockDeviceMappings?.find((one) => one.DeviceName === name)
  return { name, sizeGb: disk?.Ebs?.VolumeSize ?? 8 }
}

function refuses({ ami, userData, userDataReplaceOnChange }: Properties): string | undefined {
  if (!hasUnknown(ami) && !/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(written(ami)))
    return `EC2 knows no image "${written(ami)}" (InvalidAMIID.Malformed)`
  if (userDataReplaceOnChange === true)
    return "the lab's stand-in for AWS makes no host anew for its user data"
  if (hasUnknown(userData)) return undefined
  // Amazon EC2, "Run commands when you launch an EC2 instance with user data input": 16 KB before base64.
  const bytes = Buffer.byteLength(written(userData))
  return bytes > 16_384
    ? `EC2 takes 16 KB of user data, not ${bytes} bytes (InvalidParameterValue)`
    : undefined
}

function metadataTo(value: Value | undefined) {
  const { httpEndpoint, httpTokens, httpPutResponseHopLimit: hops } = objectOf(value)
  return {
    ...(httpEndpoint === undefined ? {} : { HttpEndpoint: textOf(httpEndpoint) as 'enabled' | 'disabled' }),
    ...(httpTokens === undefined ? {} : { HttpTokens: textOf(httpTokens) as 'required' | 'optional' }),
    ...(typeof hops === 'number' ? { HttpPutResponseHopLimit: hops } : {}),
  }
}

function base64(value: Value | undefined): string | undefined {
  const text = textOf(value)
  return text === undefined ? undefined : Buffer.from(text).toString('base64')
}

function textsOf(value: Value | undefined): string[] {
  return isList(value) ? value.map((one) => written(one)) : []
}
