import type { Actions, Row, Rows } from './row.ts'

const retagged: Actions = { ec2: ['ec2:CreateTags', 'ec2:DeleteTags'] }

/** Something of EC2 that is made with its tags; `of` are the actions that make it, on it and on what it is made in. */
function made(action: string): Actions {
  return { ec2New: [action], ec2Made: ['ec2:CreateTags'] }
}

/** Interfaces that others left in it are looked for before it goes (deleteLingeringENIs). */
const lingering = { ec2List: ['ec2:DescribeNetworkInterfaces'] } as const

/** A rule of a security group: made with tags of its own, in a group that is ours. */
function rule(file: string, authorize: string, revoke: string): Row {
  return {
    source: `internal/service/ec2/${file}.go`,
    makes: { ...made(authorize), ec2: [authorize] },
    reads: { ec2List: ['ec2:DescribeSecurityGroupRules'] },
    changes: { ec2: ['ec2:ModifySecurityGroupRules'] },
    tags: retagged,
    removes: { ec2: [revoke] },
  }
}

/** The network of the monitoring host. */
export const networkRows: Rows = {
  'aws:ec2/vpc:Vpc': {
    source: 'internal/service/ec2/vpc_.go',
    makes: { ...made('ec2:CreateVpc'), ec2: ['ec2:ModifyVpcAttribute'] },
    // With its own it reads its default access list, table of routes and group.
    reads: {
      ec2: ['ec2:DescribeVpcAttribute'],
      ec2List: [
        'ec2:DescribeNetworkAcls',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeVpcs',
      ],
    },
    changes: { ec2: ['ec2:ModifyVpcAttribute'] },
    tags: retagged,
    removes: { ec2: ['ec2:DeleteVpc'] },
  },
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': {
    source: 'internal/service/ec2/vpc_default_security_group.go',
    // EC2 has made it, without tags; it gets ours before its rules go.
    makes: {
      ec2Untagged: ['ec2:CreateTags'],
      ec2: ['ec2:RevokeSecurityGroupEgress', 'ec2:RevokeSecurityGroupIngress'],
    },
    reads: { ec2List: ['ec2:DescribeSecurityGroupRules', 'ec2:DescribeSecurityGroups'] },
    changes: { ec2: ['ec2:RevokeSecurityGroupEgress', 'ec2:RevokeSecurityGroupIngress'] },
    tags: retagged,
  },
  'aws:ec2/subnet:Subnet': {
    source: 'internal/service/ec2/vpc_subnet.go',
    makes: { ...made('ec2:CreateSubnet'), ec2: ['ec2:CreateSubnet', 'ec2:ModifySubnetAttribute'] },
    reads: { ec2List: ['ec2:DescribeSubnets'] },
    changes: { ec2: ['ec2:ModifySubnetAttribute'] },
    tags: retagged,
    removes: { ec2: ['ec2:DeleteSubnet'], ...lingering },
  },
  'aws:ec2/internetGateway:InternetGateway': {
    source: 'internal/service/ec2/vpc_internet_gateway.go',
    makes: { ...made('ec2:CreateInternetGateway'), ec2: ['ec2:AttachInternetGateway'] },
    reads: { ec2List: ['ec2:DescribeInternetGateways'] },
    changes: { ec2: ['ec2:AttachInternetGateway', 'ec2:DetachInternetGateway'] },
    tags: retagged,
    removes: { ec2: ['ec2:DeleteInternetGateway', 'ec2:DetachInternetGateway'] },
  },
  'aws:ec2/routeTable:RouteTable': {
    source: 'internal/service/ec2/vpc_route_table.go',
    makes: { ...made('ec2:CreateRouteTable'), ec2: ['ec2:CreateRouteTable'] },
    reads: { ec2List: ['ec2:DescribeRouteTables'] },
    tags: retagged,
    removes: { ec2: ['ec2:DeleteRouteTable', 'ec2:DisassociateRouteTable'] },
  },
  'aws:ec2/route:Route': {
    source: 'internal/service/ec2/vpc_route.go',
    makes: { ec2: ['ec2:CreateRoute'] },
    reads: { ec2List: ['ec2:DescribeRouteTables'] },
    changes: { ec2: ['ec2:ReplaceRoute'] },
    removes: { ec2: ['ec2:DeleteRoute'] },
  },
  'aws:ec2/routeTableAssociation:RouteTableAssociation': {
    source: 'internal/service/ec2/vpc_route_table_association.go',
    makes: { ec2: ['ec2:AssociateRouteTable'] },
    reads: { ec2List: ['ec2:DescribeRouteTables'] },
    changes: { ec2: ['ec2:ReplaceRouteTableAssociation'] },
    removes: { ec2: ['ec2:DisassociateRouteTable'] },
  },
  'aws:ec2/securityGroup:SecurityGroup': {
    source: 'internal/service/ec2/vpc_security_group.go',
    // EC2 lets a new group out to everywhere: that rule goes first.
    makes: {
      ...made('ec2:CreateSecurityGroup'),
      ec2: ['ec2:CreateSecurityGroup', 'ec2:RevokeSecurityGroupEgress'],
    },
    reads: { ec2List: ['ec2:DescribeSecurityGroupRules', 'ec2:DescribeSecurityGroups'] },
    tags: retagged,
    removes: { ec2: ['ec2:DeleteSecurityGroup'], ...lingering },
  },
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': rule(
    'vpc_security_group_ingress_rule',
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:RevokeSecurityGroupIngress',
  ),
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': rule(
    'vpc_security_group_egress_rule',
    'ec2:AuthorizeSecurityGroupEgress',
    'ec2:RevokeSecurityGroupEgress',
  ),
}
