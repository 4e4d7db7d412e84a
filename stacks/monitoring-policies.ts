import { arnOfBucket, partitionOf } from './arn.ts'
import { onlyTls, policyText } from './policies.ts'

/** EC2, as policies of a region name it. */
export function ec2Service(region: string): string {
  return region.startsWith('cn-') ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com'
}

/** Who may take on the role of an instance: EC2 alone. */
export function instanceTrust(region: string): string {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: ec2Service(region) },
    Action: 'sts:AssumeRole',
  }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

export type HostPolicyArgs = {
  readonly account: string
  readonly region: string
  readonly bucket: string
  /** With a slash at its end. */
  readonly prefix: string
  readonly namespace: string
  /** Name of the parameter with the password of the mail server, if that has one. */
  readonly password?: string
}

/**
 * What the monitoring host may do: be reached by Session Manager, read its own settings, tell that alerts pass. Not the managed
 * policy of Systems Manager, which reads every parameter of the account.
 */
export function hostPolicy({ account, region, bucket, prefix, namespace, password }: HostPolicyArgs): string {
  return policyText([
    {
      // None of them knows resources (AWS Systems Manager, "Create a custom IAM role for Session Manager").
      Sid: 'BeReached',
      Effect: 'Allow',
      Action: [
        'ssm:UpdateInstanceInformation',
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ],
      Resource: '*',
    },
    {
      Sid: 'ReadSettings',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: `${arnOfBucket(bucket, region)}/${prefix}*`,
    },
    {
      Sid: 'TellThatAlertsPass',
      Effect: 'Allow',
      Action: 'cloudwatch:PutMetricData',
      Resource: '*',
      Condition: { StringEquals: { 'cloudwatch:namespace': namespace } },
    },
    ...(password === undefined
      ? []
      : [
          {
            Sid: 'ReadThePasswordOfTheMailServer',
            Effect: 'Allow',
            Action: 'ssm:GetParameter',
            Resource: `arn:${partitionOf(region)}:ssm:${region}:${account}:parameter${password}`,
          } as const,
        ]),
  ])
}

/** The policy of the bucket of settings: TLS only; the account's own identities decide the rest. */
export function settingsPolicy(bucket: string, region: string): string {
  return policyText(onlyTls(arnOfBucket(bucket, region)))
}

/** The policy of a topic: alarms of this account may tell, and nobody else is let in by it. */
export function topicPolicy(topicArn: string, account: string): string {
  return policyText([
    {
      Sid: 'AlarmsTell',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: topicArn,
      Condition: { StringEquals: { 'aws:SourceAccount': account } },
    },
  ])
}
