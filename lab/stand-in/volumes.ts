import { crc32 } from 'node:zlib'
import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  ModifyVolumeCommand,
  StopInstancesCommand,
  type Volume,
  type VolumeType,
} from '@aws-sdk/client-ec2'
import { account } from '../cloud/identity.ts'
import { type Cloud, unlessGone } from './cloud.ts'
import { retagged, taggedAs, tagsFrom } from './ec2-tags.ts'
import type { Kind } from './kind.ts'
import { type Properties, same, textOf, written } from './values.ts'

/** aws:ebs/volume:Volume. Sources: internal/service/ec2/ebs_volume.go. */
export const volume: Kind = {
  type: 'aws:ebs/volume:Volume',
  rules: {
    availabilityZone: 'replaces', // ForceNew
    encrypted: 'replaces', // ForceNew
    size: 'updates',
    type: 'updates',
    tags: 'updates',
  },
  required: ['availabilityZone', 'size'],
  defaults: { encrypted: false, type: 'gp2' },
  computed: ['arn', 'tagsAll'],
  refuses: ({ size, type }) => {
    const least = type === 'st1' || type === 'sc1' ? 125 : 1
    // "Amazon EBS volume types".
    return typeof size === 'number' && (size < least || size > 16_384)
      ? `EBS has no ${written(type)} volume of ${size} GiB (InvalidParameterValue)`
      : undefined
  },
  async make({ ec2 }, inputs) {
    const { VolumeId = '' } = await ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: textOf(inputs['availabilityZone']),
        Encrypted: inputs['encrypted'] === true,
        Size: Number(inputs['size']),
        VolumeType: textOf(inputs['type']) as VolumeType,
        ...taggedAs('volume', inputs),
      }),
    )
    return { id: VolumeId }
  },
  async read(cloud, id) {
    const found = await volumeOf(cloud, id)
    if (found === undefined) return null
    return {
      availabilityZone: found.AvailabilityZone ?? '',
      encrypted: found.Encrypted === true,
      size: found.Size ?? 0,
      type: found.VolumeType ?? '',
      ...tagsFrom(found.Tags),
      arn: `arn:aws:ec2:${cloud.region}:${account}:volume/${id}`,
    }
  },
  async change(cloud, VolumeId, to, from) {
    const [size, before] = [Number(to['size']), Number(from['size'])]
    // moto shrinks volumes.
    if (size < before) throw new Error(`EBS makes no volume smaller: ${before} GiB (InvalidParameterValue)`)
    if (size !== before || !same(to['type'], from['type']))
      await cloud.ec2.send(
        new ModifyVolumeCommand({ VolumeId, Size: size, VolumeType: textOf(to['type']) as VolumeType }),
      )
    await retagged(cloud, VolumeId, to, from)
  },
  async remove(cloud, VolumeId) {
    const found = await volumeOf(cloud, VolumeId)
    if (found === undefined) return
    // moto tears it off.
    if ((found.Attachments ?? []).length > 0)
      throw new Error(`EBS deletes no volume that is with a host: ${VolumeId} (VolumeInUse)`)
    await cloud.ec2.send(new DeleteVolumeCommand({ VolumeId }))
  },
}

async function volumeOf({ ec2 }: Cloud, id: string): Promise<Volume | undefined> {
  const asked = ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }))
  return (await unlessGone(asked, 'InvalidVolume.NotFound'))?.Volumes?.[0]
}

/** aws:ec2/volumeAttachment:VolumeAttachment, taken over by DEVICE:VOLUME:INSTANCE. Sources: ebs_volume_attachment.go. */
export const volumeAttachment: Kind = {
  type: 'aws:ec2/volumeAttachment:VolumeAttachment',
  rules: {
    deviceName: 'replaces', // ForceNew
    instanceId: 'replaces', // ForceNew
    volumeId: 'replaces', // ForceNew
    stopInstanceBeforeDetaching: 'updates', // only said to the provider
  },
  required: ['deviceName', 'instanceId', 'volumeId'],
  defaults: { stopInstanceBeforeDetaching: false },
  taken(said) {
    const [deviceName = '', volumeId = '', instanceId] = said.split(':')
    if (instanceId === undefined) return { id: said, known: {} }
    const known = { deviceName, volumeId, instanceId }
    return { id: attachmentId(known), known }
  },
  async make({ ec2 }, inputs) {
    const [Device, InstanceId, VolumeId] = placeOf(inputs)
    await ec2.send(new AttachVolumeCommand({ Device, InstanceId, VolumeId }))
    return { id: attachmentId(inputs) }
  },
  async read(cloud, _id, known) {
    if ((await attachmentOf(cloud, known)) === undefined) return null
    const [deviceName, instanceId, volumeId] = placeOf(known)
    const stopInstanceBeforeDetaching = known['stopInstanceBeforeDetaching'] ?? false
    return { deviceName, instanceId, volumeId, stopInstanceBeforeDetaching }
  },
  change: async () => {},
  async remove(cloud, _id, known) {
    if ((await attachmentOf(cloud, known)) === undefined) return
    const [Device, InstanceId, VolumeId] = placeOf(known)
    if (known['stopInstanceBeforeDetaching'] === true)
      await cloud.ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }))
    await cloud.ec2.send(new DetachVolumeCommand({ Device, InstanceId, VolumeId }))
  },
}

async function attachmentOf(cloud: Cloud, known: Properties) {
  const [device, instance, volume] = placeOf(known)
  const all = (await volumeOf(cloud, volume))?.Attachments ?? []
  return all.find((one) => one.InstanceId === instance && one.Device === device)
}

function placeOf(known: Properties): [device: string, instance: string, volume: string] {
  return [written(known['deviceName']), written(known['instanceId']), written(known['volumeId'])]
}

function attachmentId(known: Properties): string {
  return `vai-${crc32(
    placeOf(known)
      .map((one) => `${one}-`)
      .join(''),
  )}`
}
