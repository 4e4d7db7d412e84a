import type { Rows } from './row.ts'

const run = ['ec2:RunInstances']

/** The monitoring host, its volume, and the alarm outside it. */
export const hostRows: Rows = {
  'aws:ebs/volume:Volume': {
    source: 'internal/service/ec2/ebs_volume.go',
    holdsData: true,
    makes: { ec2New: ['ec2:CreateVolume'], ec2Made: ['ec2:CreateTags'] },
    reads: { ec2List: ['ec2:DescribeVolumes'] },
    changes: { ec2: ['ec2:ModifyVolume'], ec2List: ['ec2:DescribeVolumesModifications'] },
    tags: { ec2: ['ec2:CreateTags', 'ec2:DeleteTags'] },
  },
  'aws:ec2/instance:Instance': {
    source: 'internal/service/ec2/ec2_instance.go',
    makes: {
      newHost: run,
      newRootDisk: run,
      newInterface: run,
      image: run,
      ec2: run,
      ec2Made: ['ec2:CreateTags'],
      // The root disk gets its tags when the host is there.
      ec2Untagged: ['ec2:CreateTags'],
      passedRole: ['iam:PassRole'],
      ec2List: ['ec2:DescribeImages'],
    },
    reads: {
      ec2: ['ec2:DescribeInstanceAttribute'],
      ec2List: [
        'ec2:DescribeIamInstanceProfileAssociations',
        'ec2:DescribeInstanceCreditSpecifications',
        'ec2:DescribeInstances',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeTags',
        'ec2:DescribeVolumes',
      ],
    },
    // Another size or other user data takes a stop.
    changes: {
      ec2: [
        'ec2:AssociateIamInstanceProfile',
        'ec2:ModifyInstanceAttribute',
        'ec2:ModifyInstanceMetadataOptions',
        'ec2:ModifyVolume',
        'ec2:ReplaceIamInstanceProfileAssociation',
        'ec2:StartInstances',
        'ec2:StopInstances',
      ],
      ec2List: ['ec2:DescribeVolumesModifications'],
      passedRole: ['iam:PassRole'],
    },
    tags: { ec2: ['ec2:CreateTags', 'ec2:DeleteTags'] },
    removes: { ec2: ['ec2:TerminateInstances'] },
  },
  'aws:ec2/volumeAttachment:VolumeAttachment': {
    source: 'internal/service/ec2/ebs_volume_attachment.go',
    makes: { ec2: ['ec2:AttachVolume'] },
    reads: { ec2List: ['ec2:DescribeInstances', 'ec2:DescribeVolumes'] },
    removes: { ec2: ['ec2:DetachVolume', 'ec2:StopInstances'] },
  },
  'aws:sns/topic:Topic': {
    source: 'internal/service/sns/topic.go',
    makes: { topic: ['sns:CreateTopic', 'sns:SetTopicAttributes'] },
    reads: { topic: ['sns:GetTopicAttributes', 'sns:ListTagsForResource'] },
    changes: { topic: ['sns:SetTopicAttributes'] },
    tags: { topic: ['sns:TagResource', 'sns:UntagResource'] },
    removes: { topic: ['sns:DeleteTopic'] },
  },
  'aws:sns/topicPolicy:TopicPolicy': {
    source: 'internal/service/sns/topic_policy.go',
    makes: { topic: ['sns:SetTopicAttributes'] },
    reads: { topic: ['sns:GetTopicAttributes'] },
    changes: { topic: ['sns:SetTopicAttributes'] },
    // The policy that every topic has is put back.
    removes: { topic: ['sns:SetTopicAttributes'] },
  },
  'aws:sns/topicSubscription:TopicSubscription': {
    source: 'internal/service/sns/topic_subscription.go',
    makes: { newSubscription: ['sns:Subscribe'] },
    reads: { subscription: ['sns:GetSubscriptionAttributes'] },
    changes: { subscription: ['sns:SetSubscriptionAttributes'] },
    removes: { subscription: ['sns:Unsubscribe'] },
  },
  'aws:cloudwatch/metricAlarm:MetricAlarm': {
    source: 'internal/service/cloudwatch/metric_alarm.go',
    makes: { alarm: ['cloudwatch:PutMetricAlarm'] },
    reads: { alarm: ['cloudwatch:ListTagsForResource'], alarmList: ['cloudwatch:DescribeAlarms'] },
    changes: { alarm: ['cloudwatch:PutMetricAlarm'] },
    tags: { alarm: ['cloudwatch:TagResource', 'cloudwatch:UntagResource'] },
    removes: { alarm: ['cloudwatch:DeleteAlarms'] },
  },
}
