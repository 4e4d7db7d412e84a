import { crc32 } from 'node:zlib'
import {
  AssociateRouteTableCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DescribeRouteTablesCommand,
  DisassociateRouteTableCommand,
  ReplaceRouteCommand,
  type RouteTable,
} from '@aws-sdk/client-ec2'
import { type Cloud, unlessGone } from './cloud.ts'
import { retagged, taggedAs, tagsFrom } from './ec2-tags.ts'
import type { Kind } from './kind.ts'
import { same, textOf, written } from './values.ts'

/** aws:ec2/routeTable:RouteTable, without routes in it. Sources: internal/service/ec2/vpc_route_table.go. */
export const routeTable: Kind = {
  type: 'aws:ec2/routeTable:RouteTable',
  rules: {
    vpcId: 'replaces', // ForceNew
    tags: 'updates',
  },
  required: ['vpcId'],
  computed: ['arn', 'ownerId', 'tagsAll'],
  async make({ ec2 }, inputs) {
    const VpcId = textOf(inputs['vpcId'])
    const asked = new CreateRouteTableCommand({ VpcId, ...taggedAs('route-table', inputs) })
    return { id: (await ec2.send(asked)).RouteTable?.RouteTableId ?? '' }
  },
  async read(cloud, id) {
    const found = await tableOf(cloud, id)
    if (found === undefined) return null
    const ownerId = found.OwnerId ?? ''
    return {
      vpcId: found.VpcId ?? '',
      ...tagsFrom(found.Tags),
      arn: `arn:aws:ec2:${cloud.region}:${ownerId}:route-table/${id}`,
      ownerId,
    }
  },
  change: (cloud, id, to, from) => retagged(cloud, id, to, from),
  async remove(cloud, RouteTableId) {
    const found = await tableOf(cloud, RouteTableId)
    if (found === undefined) return
    // The provider takes it from its subnets first.
    for (const { RouteTableAssociationId: AssociationId } of found.Associations ?? [])
      await cloud.ec2.send(new DisassociateRouteTableCommand({ AssociationId }))
    await cloud.ec2.send(new DeleteRouteTableCommand({ RouteTableId }))
  },
}

async function tableOf({ ec2 }: Cloud, id: string): Promise<RouteTable | undefined> {
  const asked = ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }))
  return (await unlessGone(asked, 'InvalidRouteTableID.NotFound'))?.RouteTables?.[0]
}

/** aws:ec2/route:Route, taken over by TABLE_DESTINATION. Sources: internal/service/ec2/vpc_route.go. */
export const route: Kind = {
  type: 'aws:ec2/route:Route',
  rules: {
    routeTableId: 'replaces', // ForceNew
    destinationCidrBlock: 'replaces', // ForceNew
    gatewayId: 'updates',
  },
  required: ['routeTableId', 'destinationCidrBlock', 'gatewayId'],
  computed: ['origin', 'state'],
  taken(said) {
    const [routeTableId = '', destinationCidrBlock] = said.split('_')
    if (destinationCidrBlock === undefined) return { id: said, known: {} }
    return {
      id: routeId(routeTableId, destinationCidrBlock),
      known: { routeTableId, destinationCidrBlock },
    }
  },
  async make({ ec2 }, inputs) {
    const [RouteTableId, DestinationCidrBlock] = placeOf(inputs)
    const GatewayId = textOf(inputs['gatewayId'])
    await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, GatewayId }))
    return { id: routeId(RouteTableId, DestinationCidrBlock) }
  },
  async read(cloud, _id, known) {
    const [table, destination] = placeOf(known)
    const all = (await tableOf(cloud, table))?.Routes ?? []
    const found = all.find((one) => one.DestinationCidrBlock === destination)
    if (found === undefined) return null
    return {
      routeTableId: table,
      destinationCidrBlock: destination,
      gatewayId: found.GatewayId ?? null,
      origin: found.Origin ?? '',
      state: found.State ?? '',
    }
  },
  async change({ ec2 }, _id, to) {
    const [RouteTableId, DestinationCidrBlock] = placeOf(to)
    const GatewayId = textOf(to['gatewayId'])
    await ec2.send(new ReplaceRouteCommand({ RouteTableId, DestinationCidrBlock, GatewayId }))
  },
  async remove({ ec2 }, _id, known) {
    const [RouteTableId, DestinationCidrBlock] = placeOf(known)
    const asked = ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }))
    await unlessGone(asked, 'InvalidRoute.NotFound', 'InvalidRouteTableID.NotFound')
  },
}

function placeOf(known: Parameters<Kind['read']>[2]): [table: string, destination: string] {
  return [written(known['routeTableId']), written(known['destinationCidrBlock'])]
}

function routeId(table: string, destination: string): string {
  return `r-${table}${crc32(destination)}`
}

/** aws:ec2/routeTableAssociation:RouteTableAssociation, taken over by SUBNET/TABLE. Sources: vpc_route_table_association.go. */
export const routeTableAssociation: Kind = {
  type: 'aws:ec2/routeTableAssociation:RouteTableAssociation',
  rules: {
    subnetId: 'replaces', // ForceNew
    routeTableId: 'updates', // not ForceNew
  },
  required: ['subnetId', 'routeTableId'],
  taken(said) {
    const [subnetId = '', routeTableId] = said.split('/')
    return routeTableId === undefined
      ? { id: said, known: {} }
      : { id: '', known: { subnetId, routeTableId } }
  },
  async make({ ec2 }, inputs) {
    const [SubnetId, RouteTableId] = [textOf(inputs['subnetId']), textOf(inputs['routeTableId'])]
    const { AssociationId = '' } = await ec2.send(new AssociateRouteTableCommand({ SubnetId, RouteTableId }))
    return { id: AssociationId }
  },
  async read(cloud, id, known) {
    const found = await associationOf(cloud, id, written(known['routeTableId']))
    if (found === undefined) return null
    return { subnetId: found.SubnetId ?? null, routeTableId: found.RouteTableId ?? '' }
  },
  async change(_cloud, _id, to, from) {
    // The real provider gives it to another table; then its id is another one, which this protocol has no word for.
    if (!same(to['routeTableId'], from['routeTableId']))
      throw new Error("the lab's stand-in for AWS gives no subnet to another table: make a new association")
  },
  async remove(cloud, AssociationId, known) {
    if ((await associationOf(cloud, AssociationId, written(known['routeTableId']))) === undefined) return
    await cloud.ec2.send(new DisassociateRouteTableCommand({ AssociationId }))
  },
}

async function associationOf(cloud: Cloud, id: string, table: string) {
  const all = (await tableOf(cloud, table))?.Associations ?? []
  return all.find((one) => one.RouteTableAssociationId === id)
}
