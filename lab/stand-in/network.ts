import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeInternetGatewaysCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2'
import { type Cloud, unlessGone } from './cloud.ts'
import { retagged, taggedAs, tagsFrom } from './ec2-tags.ts'
import type { Kind } from './kind.ts'
import { hasUnknown, type Properties, same, textOf, type Value, written } from './values.ts'

/** aws:ec2/vpc:Vpc. Sources: internal/service/ec2/vpc_.go. */
export const vpc: Kind = {
  type: 'aws:ec2/vpc:Vpc',
  rules: {
    cidrBlock: 'replaces', // ForceNew
    enableDnsSupport: 'updates',
    enableDnsHostnames: 'updates',
    tags: 'updates',
  },
  required: ['cidrBlock'],
  defaults: { enableDnsSupport: true, enableDnsHostnames: false },
  computed: ['arn', 'ownerId', 'defaultSecurityGroupId', 'tagsAll'],
  refuses: ({ cidrBlock }) => refusedNetwork(cidrBlock),
  async make(cloud, inputs) {
    const { Vpc } = await cloud.ec2.send(
      new CreateVpcCommand({ CidrBlock: textOf(inputs['cidrBlock']), ...taggedAs('vpc', inputs) }),
    )
    const id = Vpc?.VpcId ?? ''
    await names(cloud, id, inputs)
    return { id }
  },
  async read({ ec2, region }, VpcId) {
    const asked = ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }))
    const found = (await unlessGone(asked, 'InvalidVpcID.NotFound'))?.Vpcs?.[0]
    if (found === undefined) return null
    const ask = (Attribute: 'enableDnsSupport' | 'enableDnsHostnames') =>
      ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute }))
    return {
      cidrBlock: found.CidrBlock ?? '',
      enableDnsSupport: (await ask('enableDnsSupport')).EnableDnsSupport?.Value === true,
      enableDnsHostnames: (await ask('enableDnsHostnames')).EnableDnsHostnames?.Value === true,
      ...tagsFrom(found.Tags),
      arn: `arn:aws:ec2:${region}:${found.OwnerId ?? ''}:vpc/${VpcId}`,
      ownerId: found.OwnerId ?? '',
    }
  },
  async change(cloud, id, to, from) {
    await names(cloud, id, to)
    await retagged(cloud, id, to, from)
  },
  async remove({ ec2 }, VpcId) {
    await unlessGone(ec2.send(new DeleteVpcCommand({ VpcId })), 'InvalidVpcID.NotFound')
  },
}

// One attribute a call ("ModifyVpcAttribute").
async function names({ ec2 }: Cloud, VpcId: string, inputs: Properties): Promise<void> {
  const EnableDnsSupport = { Value: inputs['enableDnsSupport'] !== false }
  const EnableDnsHostnames = { Value: inputs['enableDnsHostnames'] === true }
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport }))
  await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames }))
}

/** aws:ec2/subnet:Subnet. Sources: internal/service/ec2/vpc_subnet.go. */
export const subnet: Kind = {
  type: 'aws:ec2/subnet:Subnet',
  rules: {
    vpcId: 'replaces', // ForceNew
    cidrBlock: 'replaces', // ForceNew
    availabilityZone: 'replaces', // ForceNew
    mapPublicIpOnLaunch: 'updates',
    tags: 'updates',
  },
  required: ['vpcId', 'cidrBlock'],
  defaults: { mapPublicIpOnLaunch: false },
  computed: ['arn', 'tagsAll'],
  refuses: ({ cidrBlock }) => refusedNetwork(cidrBlock),
  async make(cloud, inputs) {
    const { Subnet } = await cloud.ec2.send(
      new CreateSubnetCommand({
        VpcId: textOf(inputs['vpcId']),
        CidrBlock: textOf(inputs['cidrBlock']),
        AvailabilityZone: textOf(inputs['availabilityZone']),
        ...taggedAs('subnet', inputs),
      }),
    )
    const id = Subnet?.SubnetId ?? ''
    await addresses(cloud, id, inputs)
    return { id }
  },
  async read({ ec2 }, id) {
    const asked = ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }))
    const found = (await unlessGone(asked, 'InvalidSubnetID.NotFound'))?.Subnets?.[0]
    if (found === undefined) return null
    return {
      vpcId: found.VpcId ?? '',
      cidrBlock: found.CidrBlock ?? '',
      availabilityZone: found.AvailabilityZone ?? '',
      mapPublicIpOnLaunch: found.MapPublicIpOnLaunch === true,
      ...tagsFrom(found.Tags),
      arn: found.SubnetArn ?? '',
    }
  },
  async change(cloud, id, to, from) {
    await addresses(cloud, id, to)
    await retagged(cloud, id, to, from)
  },
  async remove({ ec2 }, SubnetId) {
    await unlessGone(ec2.send(new DeleteSubnetCommand({ SubnetId })), 'InvalidSubnetID.NotFound')
  },
}

async function addresses({ ec2 }: Cloud, SubnetId: string, inputs: Properties): Promise<void> {
  const MapPublicIpOnLaunch = { Value: inputs['mapPublicIpOnLaunch'] === true }
  await ec2.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch }))
}

/** aws:ec2/internetGateway:InternetGateway. Sources: internal/service/ec2/vpc_internet_gateway.go. */
export const internetGateway: Kind = {
  type: 'aws:ec2/internetGateway:InternetGateway',
  rules: {
    vpcId: 'updates', // not ForceNew: taken from one, given to the other
    tags: 'updates',
  },
  required: ['vpcId'],
  computed: ['arn', 'ownerId', 'tagsAll'],
  async make({ ec2 }, inputs) {
    const { InternetGateway } = await ec2.send(
      new CreateInternetGatewayCommand(taggedAs('internet-gateway', inputs)),
    )
    const id = InternetGateway?.InternetGatewayId ?? ''
    const VpcId = textOf(inputs['vpcId'])
    await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: id, VpcId }))
    return { id }
  },
  async read(cloud, id) {
    const found = await gatewayOf(cloud, id)
    if (found === undefined) return null
    return {
      vpcId: found.Attachments?.[0]?.VpcId ?? null,
      ...tagsFrom(found.Tags),
      arn: `arn:aws:ec2:${cloud.region}:${found.OwnerId ?? ''}:internet-gateway/${id}`,
      ownerId: found.OwnerId ?? '',
    }
  },
  async change(cloud, InternetGatewayId, to, from) {
    const [before, VpcId] = [textOf(from['vpcId']), textOf(to['vpcId'])]
    if (!same(to['vpcId'], from['vpcId'])) {
      if (before !== undefined)
        await cloud.ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId: before }))
      await cloud.ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }))
    }
    await retagged(cloud, InternetGatewayId, to, from)
  },
  async remove(cloud, InternetGatewayId) {
    const found = await gatewayOf(cloud, InternetGatewayId)
    if (found === undefined) return
    for (const { VpcId } of found.Attachments ?? [])
      await cloud.ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }))
    await cloud.ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }))
  },
}

async function gatewayOf({ ec2 }: Cloud, id: string) {
  const asked = ec2.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] }))
  return (await unlessGone(asked, 'InvalidInternetGatewayID.NotFound'))?.InternetGateways?.[0]
}

// Amazon VPC, "VPC CIDR blocks" and "Subnet CIDR blocks": /16 to /28.
function refusedNetwork(network: Value | undefined): string | undefined {
  if (network === undefined || hasUnknown(network)) return undefined
  const bits = Number(/^\d{1,3}(?:\.\d{1,3}){3}\/(\d{1,2})$/.exec(written(network))?.[1] ?? 0)
  return bits >= 16 && bits <= 28
    ? undefined
    : `EC2 makes networks of /16 to /28, not ${written(network)} (InvalidVpc.Range, InvalidSubnet.Range)`
}
