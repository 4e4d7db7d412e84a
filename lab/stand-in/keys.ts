import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms'
import { type Cloud, unlessGone } from './cloud.ts'
import { regionOf } from './buckets.ts'
import type { Kind } from './kind.ts'
import { objectOf, type Properties, same, textOf, written } from './values.ts'

const defaults = { enableKeyRotation: false, deletionWindowInDays: 30 }

/** aws:kms/key:Key. Sources: the provider's page kms_key, on which none of these is marked "Forces new resource". */
export const key: Kind = {
  type: 'aws:kms/key:Key',
  rules: {
    description: 'updates',
    policy: 'updates',
    enableKeyRotation: 'updates',
    deletionWindowInDays: 'updates', // only used when the key is deleted
    tags: 'updates',
    region: 'replaces', // "Enhanced Region Support in AWS"
  },
  required: [],
  defaults,
  computed: ['arn', 'keyId', 'tagsAll'],
  // "It must be between 7 and 30, inclusive" (kms_key).
  refuses: ({ deletionWindowInDays: days }) =>
    typeof days === 'number' && (days < 7 || days > 30)
      ? `KMS waits between 7 and 30 days before it deletes a key, not ${days}`
      : undefined,
  async make(cloud, inputs) {
    const kms = cloud.kms(regionOf(cloud, inputs))
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({
        Description: textOf(inputs['description']),
        Policy: textOf(inputs['policy']),
        Tags: tagsTo(inputs),
      }),
    )
    const id = KeyMetadata?.KeyId ?? ''
    if (inputs['enableKeyRotation'] === true) await kms.send(new EnableKeyRotationCommand({ KeyId: id }))
    return { id }
  },
  async read(cloud, id, known) {
    const region = regionOf(cloud, known)
    const kms = cloud.kms(region)
    const found = await unlessGone(kms.send(new DescribeKeyCommand({ KeyId: id })), 'NotFoundException')
    // A key that waits for its deletion is gone for the provider (internal/service/kms/find.go).
    if (found?.KeyMetadata === undefined || found.KeyMetadata.KeyState === 'PendingDeletion') return null
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: id, PolicyName: 'default' }))
    const { KeyRotationEnabled } = await kms.send(new GetKeyRotationStatusCommand({ KeyId: id }))
    const tags = await tagsOf(cloud, region, id)
    return {
      arn: found.KeyMetadata.Arn ?? '',
      keyId: id,
      region,
      description: found.KeyMetadata.Description ?? '',
      policy: Policy ?? '',
      enableKeyRotation: KeyRotationEnabled === true,
      deletionWindowInDays: known['deletionWindowInDays'] ?? defaults.deletionWindowInDays,
      tags,
      tagsAll: tags,
    }
  },
  async change(cloud, KeyId, to, from) {
    const kms = cloud.kms(regionOf(cloud, to))
    const isOther = (name: string) => !same(to[name], from[name])
    if (isOther('description'))
      await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: textOf(to['description']) ?? '' }))
    if (isOther('policy'))
      await kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: textOf(to['policy']) }))
    if (isOther('enableKeyRotation'))
      await (to['enableKeyRotation'] === true
        ? kms.send(new EnableKeyRotationCommand({ KeyId }))
        : kms.send(new DisableKeyRotationCommand({ KeyId })))
    if (!isOther('tags')) return
    const TagKeys = Object.keys(objectOf(from['tags']))
    if (TagKeys.length > 0) await kms.send(new UntagResourceCommand({ KeyId, TagKeys }))
    if (tagsTo(to).length > 0) await kms.send(new TagResourceCommand({ KeyId, Tags: tagsTo(to) }))
  },
  async remove(cloud, KeyId, known) {
    const days = known['deletionWindowInDays']
    const PendingWindowInDays = typeof days === 'number' ? days : defaults.deletionWindowInDays
    const asked = cloud
      .kms(regionOf(cloud, known))
      .send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }))
    await unlessGone(asked, 'NotFoundException')
  },
}

async function tagsOf(cloud: Cloud, region: string, KeyId: string): Promise<Record<string, string> | null> {
  const { Tags = [] } = await cloud.kms(region).send(new ListResourceTagsCommand({ KeyId }))
  if (Tags.length === 0) return null
  return Object.fromEntries(Tags.map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue]))
}

function tagsTo(inputs: Properties): { TagKey: string; TagValue: string }[] {
  return Object.entries(objectOf(inputs['tags'])).map(([TagKey, value]) => ({
    TagKey,
    TagValue: written(value),
  }))
}
