import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2'
import { type Cloud, unlessGone } from './cloud.ts'
import { retagged, taggedAs, tagsFrom } from './ec2-tags.ts'
import type { Kind } from './kind.ts'
import { hasUnknown, isList, type Properties, textOf, type Value, written } from './values.ts'

const gone = 'InvalidGroup.NotFound'

/** aws:ec2/securityGroup:SecurityGroup, its rules as resources of their own. Sources: internal/service/ec2/vpc_security_group.go. */
export const securityGroup: Kind = {
  type: 'aws:ec2/securityGroup:SecurityGroup',
  rules: {
    name: 'replaces', // ForceNew
    description: 'replaces', // ForceNew
    vpcId: 'replaces', // ForceNew
    tags: 'updates',
  },
  required: [],
  defaults: { description: 'Managed by Pulumi' },
  computed: ['arn', 'ownerId', 'tagsAll'],
  name: 'name',
  namesItself: 255,
  refuses: ({ description }) => refusedText(description),
  async make(cloud, inputs) {
    const { GroupId = '' } = await cloud.ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: textOf(inputs['name']),
        Description: textOf(inputs['description']) ?? 'Managed by Pulumi',
        VpcId: textOf(inputs['vpcId']),
        ...taggedAs('security-group', inputs),
      }),
    )
    // AWS lets a new group out everywhere; the provider takes that away (resourceSecurityGroupCreate).
    await empty(cloud, await groupOf(cloud, GroupId))
    return { id: GroupId }
  },
  async read(cloud, id) {
    const found = await groupOf(cloud, id)
    if (found === undefined) return null
    return { name: found.GroupName ?? '', description: found.Description ?? '', ...common(cloud, found) }
  },
  change: (cloud, id, to, from) => retagged(cloud, id, to, from),
  async remove({ ec2 }, GroupId) {
    await unlessGone(ec2.send(new DeleteSecurityGroupCommand({ GroupId })), gone)
  },
}

/**
 * aws:ec2/defaultSecurityGroup:DefaultSecurityGroup, with no rules in it: AWS has made it with the network, the provider
 * takes it over and empties it, and leaves it so. Sources: internal/service/ec2/vpc_default_security_group.go.
 */
export const defaultSecurityGroup: Kind = {
  type: 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup',
  rules: {
    vpcId: 'replaces', // ForceNew
    ingress: 'updates',
    egress: 'updates',
    tags: 'updates',
  },
  required: ['vpcId'],
  defaults: { ingress: [], egress: [] },
  computed: ['arn', 'name', 'ownerId', 'tagsAll'],
  refuses: ({ ingress, egress }) =>
    [ingress, egress].some((rules) => isList(rules) && rules.length > 0)
      ? "the lab's stand-in for AWS has the default group let nothing through"
      : undefined,
  async make(cloud, inputs) {
    const vpc = written(inputs['vpcId'])
    const Filters = [
      { Name: 'group-name', Values: ['default'] },
      { Name: 'vpc-id', Values: [vpc] },
    ]
    const { SecurityGroups } = await cloud.ec2.send(new DescribeSecurityGroupsCommand({ Filters }))
    const found = SecurityGroups?.[0]
    if (found === undefined) throw new Error(`EC2 has no default group in ${vpc}`)
    const id = found.GroupId ?? ''
    await empty(cloud, found)
    await retagged(cloud, id, inputs, tagsFrom(found.Tags))
    return { id }
  },
  async read(cloud, id) {
    const found = await groupOf(cloud, id)
    if (found === undefined) return null
    const { IpPermissions: ways = [], IpPermissionsEgress: out = [] } = found
    // What somebody has let through is told, not in which words.
    const told = (count: number): Value => (count === 0 ? [] : [{ protocol: `${count} rules made by hand` }])
    return {
      name: found.GroupName ?? '',
      ingress: told(ways.length),
      egress: told(out.length),
      ...common(cloud, found),
    }
  },
  async change(cloud, id, to, from) {
    await empty(cloud, await groupOf(cloud, id))
    await retagged(cloud, id, to, from)
  },
  remove: async () => {},
}

async function groupOf({ ec2 }: Cloud, id: string): Promise<SecurityGroup | undefined> {
  const asked = ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))
  return (await unlessGone(asked, gone))?.SecurityGroups?.[0]
}

async function empty({ ec2 }: Cloud, found: SecurityGroup | undefined): Promise<void> {
  const { GroupId, IpPermissions = [], IpPermissionsEgress = [] } = found ?? {}
  if (IpPermissions.length > 0)
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
  if (IpPermissionsEgress.length > 0) {
    const all = { GroupId, IpPermissions: IpPermissionsEgress }
    await ec2.send(new RevokeSecurityGroupEgressCommand(all))
  }
}

function common({ region }: Cloud, { GroupId = '', OwnerId = '', VpcId = '', Tags }: SecurityGroup) {
  const arn = `arn:aws:ec2:${region}:${OwnerId}:security-group/${GroupId}`
  return { vpcId: VpcId, ...tagsFrom(Tags), arn, ownerId: OwnerId }
}

type Ways = 'in' | 'out'

// Sources: internal/service/ec2/vpc_security_group_ingress_rule.go, and the one beside it for the way out. Another kind of
// source would replace it; here it is always a network of IPv4.
function ruleOf(type: string, ways: Ways): Kind {
  return {
    type,
    rules: {
      securityGroupId: 'replaces', // RequiresReplace
      description: 'updates',
      ipProtocol: 'updates',
      fromPort: 'updates',
      toPort: 'updates',
      cidrIpv4: 'updates',
      tags: 'updates',
    },
    required: ['securityGroupId', 'ipProtocol', 'cidrIpv4'],
    computed: ['arn', 'securityGroupRuleId', 'tagsAll'],
    refuses: ({ description, cidrIpv4 }) => refusedText(description) ?? refusedNetwork(cidrIpv4),
    async make({ ec2 }, inputs) {
      const { CidrIpv4, Description, ...ports } = rule(inputs)
      const asked = {
        GroupId: textOf(inputs['securityGroupId']),
        IpPermissions: [{ ...ports, IpRanges: [{ CidrIp: CidrIpv4, Description }] }],
        ...taggedAs('security-group-rule', inputs),
      }
      const { SecurityGroupRules } =
        ways === 'in'
          ? await ec2.send(new AuthorizeSecurityGroupIngressCommand(asked))
          : await ec2.send(new AuthorizeSecurityGroupEgressCommand(asked))
      return { id: SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? '' }
    },
    async read({ ec2, region }, id) {
      const found = await ruleWith(ec2, id)
      if (found === undefined) return null
      return {
        securityGroupId: found.GroupId ?? '',
        description: found.Description ?? null,
        ipProtocol: found.IpProtocol ?? '',
        fromPort: found.FromPort ?? null,
        toPort: found.ToPort ?? null,
        cidrIpv4: found.CidrIpv4 ?? '',
        ...tagsFrom(found.Tags),
        arn: `arn:aws:ec2:${region}:${found.GroupOwnerId ?? ''}:security-group-rule/${id}`,
        securityGroupRuleId: id,
      }
    },
    async change(cloud, SecurityGroupRuleId, to, from) {
      const GroupId = textOf(to['securityGroupId'])
      const SecurityGroupRules = [{ SecurityGroupRuleId, SecurityGroupRule: rule(to) }]
      await cloud.ec2.send(new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules }))
      await retagged(cloud, SecurityGroupRuleId, to, from)
    },
    async remove({ ec2 }, id, known) {
      if ((await ruleWith(ec2, id)) === undefined) return
      const asked = { GroupId: textOf(known['securityGroupId']), SecurityGroupRuleIds: [id] }
      if (ways === 'in') await ec2.send(new RevokeSecurityGroupIngressCommand(asked))
      else await ec2.send(new RevokeSecurityGroupEgressCommand(asked))
    },
  }
}

async function ruleWith(ec2: EC2Client, id: string) {
  const asked = ec2.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] }))
  return (await unlessGone(asked, 'InvalidSecurityGroupRuleId.NotFound'))?.SecurityGroupRules?.[0]
}

/** aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule. */
export const ingressRule = ruleOf('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'in')
/** aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule. */
export const egressRule = ruleOf('aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule', 'out')

function rule(inputs: Properties) {
  return {
    IpProtocol: textOf(inputs['ipProtocol']),
    FromPort: Number(inputs['fromPort'] ?? -1),
    ToPort: Number(inputs['toPort'] ?? -1),
    CidrIpv4: textOf(inputs['cidrIpv4']),
    Description: textOf(inputs['description']),
  }
}

// API reference of CreateSecurityGroup and IpRange; moto takes any text.
function refusedText(text: Value | undefined): string | undefined {
  if (text === undefined || hasUnknown(text)) return undefined
  return /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(written(text))
    ? undefined
    : `EC2 takes no such description of a security group: "${written(text)}" (InvalidParameterValue)`
}

// The provider takes no address that has bits beyond its network (fwvalidators.IPv4CIDRNetworkAddress).
function refusedNetwork(network: Value | undefined): string | undefined {
  if (hasUnknown(network)) return undefined
  const [address = '', bits = ''] = written(network).split('/')
  const number = address.split('.').reduce((sum, one) => sum * 256 + Number(one), 0)
  return /^\d+$/.test(bits) && number % 2 ** (32 - Number(bits)) === 0
    ? undefined
    : `"${written(network)}" is no network: it has bits beyond it`
}
