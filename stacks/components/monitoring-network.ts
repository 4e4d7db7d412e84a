import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'

/** A way in or out: a port of TCP, of or to a network. */
export type Way = { readonly network: string; readonly port: number; readonly why: string }

export type MonitoringNetworkArgs = {
  readonly region: string
  readonly zone: string
  readonly network: string
  readonly waysIn: readonly Way[]
  readonly waysOut: readonly Way[]
  readonly tags: Readonly<Record<string, string>>
}

/**
 * A network for one host, with a way out to the internet and none in. An internet gateway and a public address cost a tenth of
 * a NAT gateway; what keeps strangers out is that the security group lets nothing in.
 */
export class MonitoringNetwork extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>
  readonly routeTableId: pulumi.Output<string>
  readonly subnetId: pulumi.Output<string>
  readonly securityGroupId: pulumi.Output<string>

  constructor(name: string, args: MonitoringNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super('upkeep:monitoring:MonitoringNetwork', name, args, opts)
    const { zone, network, waysIn, waysOut, tags } = args
    const child = { parent: this }
    const vpc = new aws.ec2.Vpc(
      name,
      { cidrBlock: network, enableDnsSupport: true, enableDnsHostnames: true, tags },
      child,
    )
    // The group that everything without one gets: it lets nothing through.
    new aws.ec2.DefaultSecurityGroup(
      `${name}-default`,
      { vpcId: vpc.id, ingress: [], egress: [], tags },
      child,
    )
    const subnet = new aws.ec2.Subnet(
      `${name}-subnet`,
      { vpcId: vpc.id, cidrBlock: network, availabilityZone: zone, mapPublicIpOnLaunch: false, tags },
      child,
    )
    const gateway = new aws.ec2.InternetGateway(`${name}-gateway`, { vpcId: vpc.id, tags }, child)
    const routes = new aws.ec2.RouteTable(`${name}-routes`, { vpcId: vpc.id, tags }, child)
    // A route of its own: ways to the hosts that others add stay.
    new aws.ec2.Route(
      `${name}-out`,
      { routeTableId: routes.id, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.id },
      child,
    )
    new aws.ec2.RouteTableAssociation(
      `${name}-routed`,
      { routeTableId: routes.id, subnetId: subnet.id },
      child,
    )
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      { vpcId: vpc.id, description: 'Monitoring host of Upkeep', tags },
      child,
    )
    const rule = ({ network: cidrIpv4, port, why }: Way) => ({
      securityGroupId: group.id,
      description: why,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      cidrIpv4,
      tags,
    })
    for (const way of waysIn)
      new aws.vpc.SecurityGroupIngressRule(`${name}-in-${way.port}-${way.network}`, rule(way), child)
    for (const way of waysOut)
      new aws.vpc.SecurityGroupEgressRule(`${name}-out-${way.port}-${way.network}`, rule(way), child)
    this.vpcId = vpc.id
    this.routeTableId = routes.id
    this.subnetId = subnet.id
    this.securityGroupId = group.id
    this.registerOutputs({ vpcId: vpc.id, routeTableId: routes.id })
  }
}
