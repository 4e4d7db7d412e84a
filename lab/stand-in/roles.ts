import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  TagRoleCommand,
  UntagInstanceProfileCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { tagList, tagRecord, unlessGone } from './cloud.ts'
import type { Kind } from './kind.ts'
import { decoded, gone } from './users.ts'
import { hasUnknown, objectOf, same, textOf, written } from './values.ts'

/** aws:iam/role:Role. Sources: internal/service/iam/role.go. */
export const role: Kind = {
  type: 'aws:iam/role:Role',
  rules: {
    name: 'replaces', // ForceNew
    path: 'replaces', // ForceNew
    assumeRolePolicy: 'updates',
    tags: 'updates',
  },
  required: ['assumeRolePolicy'],
  defaults: { path: '/' },
  computed: ['arn', 'uniqueId', 'tagsAll'],
  name: 'name',
  namesItself: 64,
  refuses: ({ name, assumeRolePolicy }) =>
    refusedName('role', name, 64) ?? refusedText('role', assumeRolePolicy),
  async make({ iam }, inputs) {
    const RoleName = textOf(inputs['name'])
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        Path: textOf(inputs['path']) ?? '/',
        AssumeRolePolicyDocument: textOf(inputs['assumeRolePolicy']),
        Tags: tagList(objectOf(inputs['tags'])),
      }),
    )
    return { id: RoleName ?? '' }
  },
  async read({ iam }, RoleName) {
    const found = (await unlessGone(iam.send(new GetRoleCommand({ RoleName })), ...gone))?.Role
    if (found === undefined) return null
    const tags = tagRecord((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags)
    return {
      name: RoleName,
      path: found.Path ?? '/',
      assumeRolePolicy: decoded(found.AssumeRolePolicyDocument ?? ''),
      tags,
      tagsAll: tags,
      arn: found.Arn ?? '',
      uniqueId: found.RoleId ?? '',
    }
  },
  async change({ iam }, RoleName, to, from) {
    const PolicyDocument = textOf(to['assumeRolePolicy'])
    if (!same(to['assumeRolePolicy'], from['assumeRolePolicy']))
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    const TagKeys = Object.keys(objectOf(from['tags']))
    if (TagKeys.length > 0) await iam.send(new UntagRoleCommand({ RoleName, TagKeys }))
    const Tags = tagList(objectOf(to['tags']))
    if (Tags.length > 0) await iam.send(new TagRoleCommand({ RoleName, Tags }))
  },
  async remove({ iam }, RoleName) {
    const asked = iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }))
    // The provider takes a role out of its profiles first, and leaves policies to their own resources.
    for (const { InstanceProfileName } of (await unlessGone(asked, ...gone))?.InstanceProfiles ?? [])
      await iam.send(new RemoveRoleFromInstanceProfileCommand({ RoleName, InstanceProfileName }))
    const left = await unlessGone(iam.send(new ListRolePoliciesCommand({ RoleName })), ...gone)
    if ((left?.PolicyNames ?? []).length > 0)
      throw new Error(`IAM deletes no role with policies in it: ${RoleName} (DeleteConflict)`)
    await unlessGone(iam.send(new DeleteRoleCommand({ RoleName })), ...gone)
  },
}

/** aws:iam/rolePolicy:RolePolicy, id ROLE:NAME. Sources: internal/service/iam/role_policy.go. */
export const rolePolicy: Kind = {
  type: 'aws:iam/rolePolicy:RolePolicy',
  rules: {
    role: 'replaces', // ForceNew
    name: 'replaces', // ForceNew
    policy: 'updates',
  },
  required: ['role', 'name', 'policy'],
  name: 'name',
  refuses: ({ name, policy }) => refusedName('policy', name, 128) ?? refusedText('policy', policy),
  async make({ iam }, inputs) {
    const [RoleName, PolicyName] = [textOf(inputs['role']), textOf(inputs['name'])]
    const PolicyDocument = textOf(inputs['policy'])
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }))
    return { id: `${RoleName ?? ''}:${PolicyName ?? ''}` }
  },
  async read({ iam }, id) {
    const [RoleName = '', PolicyName = ''] = id.split(':')
    const asked = iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))
    const found = await unlessGone(asked, ...gone)
    if (found?.PolicyDocument === undefined) return null
    return { role: RoleName, name: PolicyName, policy: decoded(found.PolicyDocument) }
  },
  async change({ iam }, id, to) {
    const [RoleName, PolicyName] = id.split(':')
    const PolicyDocument = textOf(to['policy'])
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }))
  },
  async remove({ iam }, id) {
    const [RoleName, PolicyName] = id.split(':')
    await unlessGone(iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })), ...gone)
  },
}

/** aws:iam/instanceProfile:InstanceProfile. Sources: internal/service/iam/instance_profile.go. */
export const instanceProfile: Kind = {
  type: 'aws:iam/instanceProfile:InstanceProfile',
  rules: {
    name: 'replaces', // ForceNew
    path: 'replaces', // ForceNew
    role: 'updates',
    tags: 'updates',
  },
  required: [],
  defaults: { path: '/' },
  computed: ['arn', 'uniqueId', 'tagsAll'],
  name: 'name',
  namesItself: 128,
  refuses: ({ name }) => refusedName('instance profile', name, 128),
  async make({ iam }, inputs) {
    const InstanceProfileName = textOf(inputs['name'])
    await iam.send(
      new CreateInstanceProfileCommand({
        InstanceProfileName,
        Path: textOf(inputs['path']) ?? '/',
        Tags: tagList(objectOf(inputs['tags'])),
      }),
    )
    const RoleName = textOf(inputs['role'])
    if (RoleName !== undefined)
      await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
    return { id: InstanceProfileName ?? '' }
  },
  async read({ iam }, InstanceProfileName) {
    const found = await profileOf(iam, InstanceProfileName)
    if (found === undefined) return null
    const tags = tagRecord(found.Tags)
    return {
      name: InstanceProfileName,
      path: found.Path ?? '/',
      role: found.Roles?.[0]?.RoleName ?? null,
      tags,
      tagsAll: tags,
      arn: found.Arn ?? '',
      uniqueId: found.InstanceProfileId ?? '',
    }
  },
  async change({ iam }, InstanceProfileName, to, from) {
    if (!same(to['role'], from['role'])) {
      const [before, RoleName] = [textOf(from['role']), textOf(to['role'])]
      if (before !== undefined)
        await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: before }))
      if (RoleName !== undefined)
        await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }))
    }
    const TagKeys = Object.keys(objectOf(from['tags']))
    if (TagKeys.length > 0) await iam.send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys }))
    const Tags = tagList(objectOf(to['tags']))
    if (Tags.length > 0) await iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags }))
  },
  async remove({ iam }, InstanceProfileName) {
    for (const { RoleName } of (await profileOf(iam, InstanceProfileName))?.Roles ?? [])
      await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }))
    await unlessGone(iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName })), ...gone)
  },
}

async function profileOf(iam: IAMClient, InstanceProfileName: string) {
  const asked = iam.send(new GetInstanceProfileCommand({ InstanceProfileName }))
  return (await unlessGone(asked, ...gone))?.InstanceProfile
}

// IAM's quotas for names ("IAM and AWS STS quotas"); moto takes longer ones.
function refusedName(what: string, name: Parameters<typeof written>[0], most: number): string | undefined {
  if (name === undefined || hasUnknown(name)) return undefined
  return new RegExp(`^[\\w+=,.@-]{1,${most}}$`).test(written(name))
    ? undefined
    : `IAM takes no ${what} of the name "${written(name)}" (ValidationError)`
}

function refusedText(what: string, policy: Parameters<typeof written>[0]): string | undefined {
  if (hasUnknown(policy)) return undefined
  try {
    JSON.parse(written(policy))
    return undefined
  } catch {
    return `IAM takes no ${what} whose policy is no JSON (MalformedPolicyDocument)`
  }
}
