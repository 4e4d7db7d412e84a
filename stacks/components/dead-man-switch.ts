import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { topicPolicy } from '../monitoring-policies.ts'

export type DeadManSwitchArgs = {
  readonly account: string
  /** Of the alarm and the topic. */
  readonly name: string
  readonly namespace: string
  /** Mail addresses of who is told; each has to agree once, by a link in a mail of AWS. */
  readonly people: readonly string[]
  readonly tags: Readonly<Record<string, string>>
}

const periodSeconds = 300
const periods = 3

/** An alarm outside the monitoring host: people are told when the host has not said for a quarter of an hour that alerts pass. */
export class DeadManSwitch extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>

  constructor(name: string, args: DeadManSwitchArgs, opts?: pulumi.ComponentResourceOptions) {
    super('upkeep:monitoring:DeadManSwitch', name, args, opts)
    const { account, namespace, people, tags } = args
    const child = { parent: this }
    const topic = new aws.sns.Topic(`${name}-topic`, { name: args.name, tags }, child)
    new aws.sns.TopicPolicy(
      `${name}-policy`,
      { arn: topic.arn, policy: topic.arn.apply((arn) => topicPolicy(arn, account)) },
      child,
    )
    for (const address of people)
      new aws.sns.TopicSubscription(
        `${name}-${address}`,
        { topic: topic.arn, protocol: 'email', endpoint: address },
        child,
      )
    new aws.cloudwatch.MetricAlarm(
      name,
      {
        name: args.name,
        alarmDescription:
          'The monitoring host of Upkeep does not say that alerts pass: look at the page Watchdog of the runbooks',
        namespace,
        metricName: 'Watchdog',
        statistic: 'Maximum',
        comparisonOperator: 'LessThanThreshold',
        threshold: 1,
        period: periodSeconds,
        evaluationPeriods: periods,
        datapointsToAlarm: periods,
        // Silence is what it is about.
        treatMissingData: 'breaching',
        actionsEnabled: true,
        alarmActions: [topic.arn],
        okActions: [topic.arn],
        tags,
      },
      child,
    )
    this.topicArn = topic.arn
    this.registerOutputs({ topicArn: this.topicArn })
  }
}
