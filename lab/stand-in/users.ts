import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  ListAccessKeysCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam'
import { tagList, tagRecord, unlessGone } from './cloud.ts'
import type { Kind } from './kind.ts'
import { objectOf, secret, textOf } from './values.ts'

/** What IAM calls a thing that is not there. */
export const gone = ['NoSuchEntityException', 'NoSuchEntity']

/** aws:iam/user:User. Sources: the provider's page iam_user and internal/service/iam/user.go. */
export const user: Kind = {
  type: 'aws:iam/user:User',
  rules: {
    name: 'updates', // not ForceNew: UpdateUser renames
    path: 'updates', // not ForceNew: UpdateUser moves
    tags: 'updates',
    forceDestroy: 'updates',
  },
  required: ['name'],
  defaults: { path: '/', forceDestroy: false },
  computed: ['arn', 'uniqueId', 'tagsAll'],
  name: 'name',
  async make({ iam }, inputs) {
    const UserName = textOf(inputs['name'])
    const Tags = tagList(objectOf(inputs['tags']))
    await iam.send(new CreateUserCommand({ UserName, Path: textOf(inputs['path']) ?? '/', Tags }))
    return { id: UserName ?? '' }
  },
  async read({ iam }, id, known) {
    const found = await unlessGone(iam.send(new GetUserCommand({ UserName: id })), ...gone)
    if (found?.User === undefined) return null
    const { Tags } = await iam.send(new ListUserTagsCommand({ UserName: id }))
    const tags = tagRecord(Tags)
    return {
      name: id,
      path: found.User.Path ?? '/',
      forceDestroy: known['forceDestroy'] ?? false,
      tags,
      tagsAll: tags,
      arn: found.User.Arn ?? '',
      uniqueId: found.User.UserId ?? '',
    }
  },
  async change({ iam }, UserName, to, from) {
    // The real provider renames; then the id is another one, which this protocol has no word for.
    if (to['name'] !== UserName) throw new Error("the lab's stand-in for AWS does not rename users")
    await iam.send(new UpdateUserCommand({ UserName, NewPath: textOf(to['path']) ?? '/' }))
    const TagKeys = Object.keys(objectOf(from['tags']))
    if (TagKeys.length > 0) await iam.send(new UntagUserCommand({ UserName, TagKeys }))
    const Tags = tagList(objectOf(to['tags']))
    if (Tags.length > 0) await iam.send(new TagUserCommand({ UserName, Tags }))
  },
  async remove({ iam }, UserName) {
    await unlessGone(iam.send(new DeleteUserCommand({ UserName })), ...gone)
  },
}

/** aws:iam/userPolicy:UserPolicy, id USER:NAME. Sources: the provider's page iam_user_policy, user_policy.go. */
export const userPolicy: Kind = {
  type: 'aws:iam/userPolicy:UserPolicy',
  rules: {
    user: 'replaces', // ForceNew
    name: 'replaces', // "Forces new resource"
    policy: 'updates',
  },
  required: ['user', 'name', 'policy'],
  name: 'name',
  async make({ iam }, inputs) {
    const [UserName, PolicyName] = [textOf(inputs['user']), textOf(inputs['name'])]
    await iam.send(
      new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: textOf(inputs['policy']) }),
    )
    return { id: `${UserName ?? ''}:${PolicyName ?? ''}` }
  },
  async read({ iam }, id) {
    const [user = '', name = ''] = id.split(':')
    const asked = iam.send(new GetUserPolicyCommand({ UserName: user, PolicyName: name }))
    const found = await unlessGone(asked, ...gone)
    if (found?.PolicyDocument === undefined) return null
    return { user, name, policy: decoded(found.PolicyDocument) }
  },
  async change({ iam }, id, to) {
    const [UserName = '', PolicyName = ''] = id.split(':')
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: textOf(to['policy']) }))
  },
  async remove({ iam }, id) {
    const [UserName = '', PolicyName = ''] = id.split(':')
    await unlessGone(iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName })), ...gone)
  },
}

/** aws:iam/accessKey:AccessKey. Sources: the provider's page iam_access_key; only AWS's answer to its making has the secret. */
export const accessKey: Kind = {
  type: 'aws:iam/accessKey:AccessKey',
  rules: {
    user: 'replaces', // ForceNew (internal/service/iam/access_key.go)
    status: 'updates',
  },
  required: ['user'],
  defaults: { status: 'Active' },
  computed: ['secret', 'createDate'],
  async make({ iam }, inputs) {
    const UserName = textOf(inputs['user'])
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
    const AccessKeyId = AccessKey?.AccessKeyId ?? ''
    if (inputs['status'] === 'Inactive')
      await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }))
    return { id: AccessKeyId, once: { secret: AccessKey?.SecretAccessKey ?? '' } }
  },
  async read({ iam }, id, known) {
    const user = textOf(known['user'])
    const found = await unlessGone(iam.send(new ListAccessKeysCommand({ UserName: user })), ...gone)
    const one = found?.AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === id)
    if (one === undefined) return null
    return {
      user: user ?? '',
      status: one.Status ?? '',
      createDate: one.CreateDate?.toISOString() ?? '',
      ...(known['secret'] === undefined ? {} : { secret: secret(known['secret']) }),
    }
  },
  async change({ iam }, AccessKeyId, to) {
    const Status = to['status'] === 'Inactive' ? 'Inactive' : 'Active'
    await iam.send(new UpdateAccessKeyCommand({ UserName: textOf(to['user']), AccessKeyId, Status }))
  },
  async remove({ iam }, AccessKeyId, known) {
    const UserName = textOf(known['user'])
    await unlessGone(iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })), ...gone)
  },
}

/** A policy as it was put: IAM gives it back as it stands in an address. */
export function decoded(document: string): string {
  return document.startsWith('%7B') ? decodeURIComponent(document) : document
}
