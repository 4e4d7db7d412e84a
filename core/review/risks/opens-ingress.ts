import { holdsBlock } from '../network.ts'
import { booleanOf, mapsOf, numberOf, textOf, textsOf } from '../property.ts'
import { type ResourceChange, sides } from '../resource.ts'
import { foundTexts, type StackRule } from '../rule.ts'
import type { Properties, Value } from '../value.ts'

/** One source that may speak one protocol to some ports; for ICMP the ports are type and code. */
type Permission = {
  readonly protocol: string
  readonly from: number
  readonly to: number
  readonly source: string
}

/** A source, port or protocol may come in that might not: of a group that is changed, or that is new. */
export const opensIngress: StackRule = {
  id: 'opens-ingress',
  class: 'opens-access',
  source: 'Amazon VPC "Security group rules"; Amazon EC2 API "IpPermission"',
  finds(change) {
    const { was, becomes } = sides(change)
    if (becomes === null) return []
    const before = was === null ? [] : permissionsOf(change, was)
    return permissionsOf(change, becomes)
      .filter((one) => !before.some((old) => holds(old, one)))
      .map((one) => {
        const near = before.filter(({ source }) => source === one.source || holdsBlock(one.source, source))
        const text = near.length === 0 ? 'closed' : near.map(said).join('; ')
        return foundTexts(change, 'ingress', text, said(one), 'more may come in')
      })
  },
}

function permissionsOf({ kind }: ResourceChange, properties: Properties): readonly Permission[] {
  switch (kind) {
    case 'ec2/securityGroup':
    case 'ec2/defaultSecurityGroup':
      return mapsOf(properties.get('ingress')).flatMap(permissionsIn)
    case 'ec2/securityGroupRule':
      return textOf(properties.get('type')) === 'egress' ? [] : permissionsIn(properties)
    case 'vpc/securityGroupIngressRule':
      return permissionsIn(properties)
    default:
      return []
  }
}

const lists = ['cidrBlocks', 'ipv6CidrBlocks', 'prefixListIds', 'securityGroups']
const singles = ['cidrIpv4', 'cidrIpv6', 'prefixListId', 'referencedSecurityGroupId', 'sourceSecurityGroupId']

function permissionsIn(rule: Properties): readonly Permission[] {
  const protocol = protocolOf(rule.get('protocol') ?? rule.get('ipProtocol'))
  const sources = [
    ...[...lists, ...singles].flatMap((key) => textsOf(rule.get(key))),
    ...(booleanOf(rule.get('self')) === true ? ['self'] : []),
  ]
  const isAll = protocol === '-1'
  const [from, to] = ['fromPort', 'toPort'].map((key) => numberOf(rule.get(key)))
  // What can not be read counts as all of it.
  const ports = isAll || from === undefined || to === undefined || from === -1 ? [0, 65_535] : [from, to]
  return sources.map((source) => ({ protocol, from: ports[0] ?? 0, to: ports[1] ?? 65_535, source }))
}

const numbers: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
  all: '-1',
}

function protocolOf(value: Value | undefined): string {
  const text = typeof value === 'number' ? String(value) : (textOf(value) ?? '-1').toLowerCase()
  return Object.hasOwn(numbers, text) ? (numbers[text] ?? text) : text
}

function holds(old: Permission, one: Permission): boolean {
  const isOfProtocol =
    old.protocol === '-1' || (old.protocol === one.protocol && old.from <= one.from && one.to <= old.to)
  return isOfProtocol && holdsBlock(old.source, one.source)
}

function said({ protocol, from, to, source }: Permission): string {
  const ports =
    protocol === '-1' || (from === 0 && to === 65_535) ? 'all' : from === to ? `${from}` : `${from}-${to}`
  return `${protocol === '-1' ? 'every protocol' : protocol} ${ports} from ${source}`
}
