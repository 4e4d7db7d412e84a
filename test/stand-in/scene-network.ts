import type { Properties } from '../../lab/stand-in/values.ts'
import { region } from './cloud.ts'
import { type Ids, of, type Part, tags } from './scene-part.ts'

/** The network that the program `monitoring` makes, by name. */
export const networkScene: Readonly<Record<string, Part>> = {
  vpc: {
    type: 'aws:ec2/vpc:Vpc',
    says: () => ({ cidrBlock: '10.213.0.0/24', enableDnsSupport: true, enableDnsHostnames: true, tags }),
    changes: { enableDnsHostnames: false, tags: { other: 'one' } },
    replaces: { cidrBlock: '10.214.0.0/24' },
  },
  closed: {
    type: 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup',
    says: (ids) => ({ vpcId: of('vpc')(ids), ingress: [], egress: [], tags }),
    changes: { tags: { other: 'one' } },
    replaces: { vpcId: 'vpc-0' },
  },
  subnet: {
    type: 'aws:ec2/subnet:Subnet',
    says: (ids) => ({
      vpcId: of('vpc')(ids),
      cidrBlock: '10.213.0.0/24',
      availabilityZone: `${region}a`,
      mapPublicIpOnLaunch: false,
      tags,
    }),
    changes: { mapPublicIpOnLaunch: true, tags: { other: 'one' } },
    replaces: { vpcId: 'vpc-0', cidrBlock: '10.213.0.0/25', availabilityZone: `${region}b` },
  },
  gateway: {
    type: 'aws:ec2/internetGateway:InternetGateway',
    says: (ids) => ({ vpcId: of('vpc')(ids), tags }),
    changes: { tags: { other: 'one' } },
    replaces: {},
  },
  table: {
    type: 'aws:ec2/routeTable:RouteTable',
    says: (ids) => ({ vpcId: of('vpc')(ids), tags }),
    changes: { tags: { other: 'one' } },
    replaces: { vpcId: 'vpc-0' },
  },
  out: {
    type: 'aws:ec2/route:Route',
    says: (ids) => ({
      routeTableId: of('table')(ids),
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: of('gateway')(ids),
    }),
    changes: {},
    replaces: { routeTableId: 'rtb-0', destinationCidrBlock: '10.0.0.0/8' },
    taken: (ids) => `${of('table')(ids)}_0.0.0.0/0`,
  },
  routed: {
    type: 'aws:ec2/routeTableAssociation:RouteTableAssociation',
    says: (ids) => ({ subnetId: of('subnet')(ids), routeTableId: of('table')(ids) }),
    changes: {},
    replaces: { subnetId: 'subnet-0' },
    taken: (ids) => `${of('subnet')(ids)}/${of('table')(ids)}`,
  },
  group: {
    type: 'aws:ec2/securityGroup:SecurityGroup',
    says: (ids) => ({
      vpcId: of('vpc')(ids),
      name: 'group-1',
      description: 'Monitoring host of Upkeep',
      tags,
    }),
    changes: { tags: { other: 'one' } },
    replaces: { name: 'group-2', description: 'another', vpcId: 'vpc-0' },
  },
  in: {
    type: 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
    says: rule('10.20.0.0/16', 9090),
    changes: {
      description: 'other',
      fromPort: 9093,
      toPort: 9093,
      cidrIpv4: '10.21.0.0/16',
      tags: { other: 'one' },
    },
    replaces: { securityGroupId: 'sg-0' },
  },
  let: {
    type: 'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule',
    says: rule('0.0.0.0/0', 443),
    changes: {
      description: 'other',
      fromPort: 80,
      toPort: 80,
      cidrIpv4: '10.21.0.0/16',
      tags: { other: 'one' },
    },
    replaces: { securityGroupId: 'sg-0' },
  },
}

function rule(cidrIpv4: string, port: number) {
  return (ids: Ids): Properties => ({
    securityGroupId: of('group')(ids),
    description: 'As the estate says',
    ipProtocol: 'tcp',
    fromPort: port,
    toPort: port,
    cidrIpv4,
    tags,
  })
}
