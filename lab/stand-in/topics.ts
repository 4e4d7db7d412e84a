import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  type SNSClient,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns'
import { tagList, tagRecord, unlessGone } from './cloud.ts'
import type { Kind } from './kind.ts'
import { hasUnknown, objectOf, same, textOf, written } from './values.ts'

const gone = ['NotFoundException', 'NotFound']

/** aws:sns/topic:Topic, its id is its ARN. Sources: internal/service/sns/topic.go. */
export const topic: Kind = {
  type: 'aws:sns/topic:Topic',
  rules: {
    name: 'replaces', // ForceNew
    tags: 'updates',
  },
  required: ['name'],
  computed: ['arn', 'owner', 'tagsAll'],
  name: 'name',
  // API reference of CreateTopic.
  refuses: ({ name }) =>
    hasUnknown(name) || /^[a-zA-Z0-9_-]{1,256}$/.test(written(name))
      ? undefined
      : `SNS takes no topic of the name "${written(name)}" (InvalidParameter)`,
  async make({ sns }, inputs) {
    const Tags = tagList(objectOf(inputs['tags']))
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: textOf(inputs['name']), Tags }))
    return { id: TopicArn }
  },
  async read({ sns }, TopicArn) {
    const found = await attributes(sns, TopicArn)
    if (found === undefined) return null
    const { Tags } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }))
    const tags = tagRecord(Tags)
    return {
      name: TopicArn.split(':')[5] ?? '',
      tags,
      tagsAll: tags,
      arn: TopicArn,
      owner: found['Owner'] ?? '',
    }
  },
  async change({ sns }, ResourceArn, to, from) {
    const TagKeys = Object.keys(objectOf(from['tags']))
    if (TagKeys.length > 0) await sns.send(new UntagResourceCommand({ ResourceArn, TagKeys }))
    const Tags = tagList(objectOf(to['tags']))
    if (Tags.length > 0) await sns.send(new TagResourceCommand({ ResourceArn, Tags }))
  },
  async remove({ sns }, TopicArn) {
    await unlessGone(sns.send(new DeleteTopicCommand({ TopicArn })), ...gone)
  },
}

/** aws:sns/topicPolicy:TopicPolicy, its id is the topic's ARN. Sources: internal/service/sns/topic_policy.go. */
export const topicPolicy: Kind = {
  type: 'aws:sns/topicPolicy:TopicPolicy',
  rules: {
    arn: 'replaces', // ForceNew
    policy: 'updates',
  },
  required: ['arn', 'policy'],
  computed: ['owner'],
  refuses: ({ policy }) => {
    if (hasUnknown(policy)) return undefined
    try {
      JSON.parse(written(policy))
      return undefined
    } catch {
      return 'SNS takes no policy that is no JSON (InvalidParameter)'
    }
  },
  async make({ sns }, inputs) {
    const TopicArn = written(inputs['arn'])
    await sns.send(policyOf(TopicArn, written(inputs['policy'])))
    return { id: TopicArn }
  },
  async read({ sns }, TopicArn) {
    const found = await attributes(sns, TopicArn)
    const { Policy = '', Owner = '' } = found ?? {}
    // What every topic has from its making is no policy of a program (topic_policy.go, resourceTopicPolicyDelete).
    if (Policy === '' || same(Policy, ownersOnly(TopicArn, Owner))) return null
    return { arn: TopicArn, policy: Policy, owner: Owner }
  },
  change: async ({ sns }, TopicArn, to) => void (await sns.send(policyOf(TopicArn, written(to['policy'])))),
  async remove({ sns }, TopicArn) {
    const found = await attributes(sns, TopicArn)
    // It is not taken away: the provider writes one that lets the owner in and nobody else.
    if (found !== undefined) await sns.send(policyOf(TopicArn, ownersOnly(TopicArn, found['Owner'] ?? '')))
  },
}

function ownersOnly(topic: string, owner: string): string {
  const Condition = { StringEquals: { 'AWS:SourceOwner': owner } }
  const Action = ['GetTopicAttributes', 'SetTopicAttributes', 'Publish', 'Subscribe'].map(
    (one) => `SNS:${one}`,
  )
  const statement = {
    Sid: 'owner',
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action,
    Resource: topic,
    Condition,
  }
  return JSON.stringify({ Version: '2008-10-17', Id: 'default', Statement: [statement] })
}

function policyOf(TopicArn: string, text: string) {
  return new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue: text })
}

async function attributes(sns: SNSClient, TopicArn: string): Promise<Record<string, string> | undefined> {
  return (await unlessGone(sns.send(new GetTopicAttributesCommand({ TopicArn })), ...gone))?.Attributes
}

/** aws:sns/topicSubscription:TopicSubscription. Sources: internal/service/sns/topic_subscription.go. */
export const topicSubscription: Kind = {
  type: 'aws:sns/topicSubscription:TopicSubscription',
  rules: {
    topic: 'replaces', // topic_arn: ForceNew
    protocol: 'replaces', // ForceNew
    endpoint: 'replaces', // ForceNew
  },
  required: ['topic', 'protocol', 'endpoint'],
  computed: ['arn', 'pendingConfirmation'],
  // moto takes any address.
  refuses: ({ protocol, endpoint }) =>
    protocol !== 'email' || hasUnknown(endpoint) || /^[^@\s]+@[^@\s]+$/.test(written(endpoint))
      ? undefined
      : `SNS sends no mail to "${written(endpoint)}" (InvalidParameter)`,
  async make({ sns }, inputs) {
    const { SubscriptionArn = '' } = await sns.send(
      new SubscribeCommand({
        TopicArn: textOf(inputs['topic']),
        Protocol: textOf(inputs['protocol']),
        Endpoint: textOf(inputs['endpoint']),
        ReturnSubscriptionArn: true,
      }),
    )
    return { id: SubscriptionArn }
  },
  async read({ sns }, SubscriptionArn) {
    const asked = sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
    const found = (await unlessGone(asked, ...gone))?.Attributes
    if (found === undefined) return null
    return {
      topic: found['TopicArn'] ?? '',
      protocol: found['Protocol'] ?? '',
      endpoint: found['Endpoint'] ?? '',
      arn: SubscriptionArn,
      // moto has every mail address agree at once; the service waits for the link in its mail.
      pendingConfirmation: found['PendingConfirmation'] === 'true',
    }
  },
  change: async () => {},
  async remove({ sns }, SubscriptionArn) {
    await unlessGone(sns.send(new UnsubscribeCommand({ SubscriptionArn })), ...gone)
  },
}
