import {
  type ComparisonOperator,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  ListTagsForResourceCommand,
  PutMetricAlarmCommand,
  type Statistic,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch'
import { tagList, tagRecord } from './cloud.ts'
import type { Cloud } from './cloud.ts'
import type { Kind } from './kind.ts'
import { isList, objectOf, type Properties, same, textOf, type Value, written } from './values.ts'

/** aws:cloudwatch/metricAlarm:MetricAlarm, its id is its name. Sources: internal/service/cloudwatch/metric_alarm.go. */
export const metricAlarm: Kind = {
  type: 'aws:cloudwatch/metricAlarm:MetricAlarm',
  rules: {
    name: 'replaces', // alarm_name: ForceNew
    alarmDescription: 'updates',
    namespace: 'updates',
    metricName: 'updates',
    statistic: 'updates',
    comparisonOperator: 'updates',
    threshold: 'updates',
    period: 'updates',
    evaluationPeriods: 'updates',
    datapointsToAlarm: 'updates',
    treatMissingData: 'updates',
    actionsEnabled: 'updates',
    alarmActions: 'updates',
    okActions: 'updates',
    tags: 'updates',
  },
  required: [
    'name',
    'comparisonOperator',
    'evaluationPeriods',
    'namespace',
    'metricName',
    'statistic',
    'period',
  ],
  defaults: { actionsEnabled: true, treatMissingData: 'missing' },
  computed: ['arn', 'tagsAll'],
  name: 'name',
  refuses,
  async make(cloud, inputs) {
    await put(cloud, inputs)
    const name = written(inputs['name'])
    const Tags = tagList(objectOf(inputs['tags']))
    const ResourceARN = (await alarmOf(cloud, name))?.AlarmArn
    if (Tags.length > 0) await cloud.cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags }))
    return { id: name }
  },
  async read(cloud, name) {
    const found = await alarmOf(cloud, name)
    if (found === undefined) return null
    const asked = new ListTagsForResourceCommand({ ResourceARN: found.AlarmArn })
    const tags = tagRecord((await cloud.cloudwatch.send(asked)).Tags)
    return {
      name,
      alarmDescription: found.AlarmDescription ?? null,
      namespace: found.Namespace ?? '',
      metricName: found.MetricName ?? '',
      statistic: found.Statistic ?? '',
      comparisonOperator: found.ComparisonOperator ?? '',
      threshold: found.Threshold ?? 0,
      period: found.Period ?? 0,
      evaluationPeriods: found.EvaluationPeriods ?? 0,
      datapointsToAlarm: found.DatapointsToAlarm ?? null,
      treatMissingData: found.TreatMissingData ?? 'missing',
      actionsEnabled: found.ActionsEnabled === true,
      alarmActions: found.AlarmActions ?? [],
      okActions: found.OKActions ?? [],
      tags,
      tagsAll: tags,
      arn: found.AlarmArn ?? '',
    }
  },
  async change(cloud, name, to, from) {
    await put(cloud, to)
    if (same(to['tags'], from['tags'])) return
    const ResourceARN = (await alarmOf(cloud, name))?.AlarmArn
    const TagKeys = Object.keys(objectOf(from['tags']))
    if (TagKeys.length > 0) await cloud.cloudwatch.send(new UntagResourceCommand({ ResourceARN, TagKeys }))
    const Tags = tagList(objectOf(to['tags']))
    if (Tags.length > 0) await cloud.cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags }))
  },
  async remove({ cloudwatch }, name) {
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] }))
  },
}

async function alarmOf({ cloudwatch }: Cloud, name: string) {
  const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))
  return MetricAlarms?.[0]
}

async function put({ cloudwatch }: Cloud, inputs: Properties): Promise<void> {
  const points = inputs['datapointsToAlarm']
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: textOf(inputs['name']),
      AlarmDescription: textOf(inputs['alarmDescription']),
      Namespace: textOf(inputs['namespace']),
      MetricName: textOf(inputs['metricName']),
      Statistic: textOf(inputs['statistic']) as Statistic,
      ComparisonOperator: textOf(inputs['comparisonOperator']) as ComparisonOperator,
      Threshold: Number(inputs['threshold'] ?? 0),
      Period: Number(inputs['period']),
      EvaluationPeriods: Number(inputs['evaluationPeriods']),
      ...(typeof points === 'number' ? { DatapointsToAlarm: points } : {}),
      TreatMissingData: textOf(inputs['treatMissingData']) ?? 'missing',
      ActionsEnabled: inputs['actionsEnabled'] !== false,
      AlarmActions: textsOf(inputs['alarmActions']),
      OKActions: textsOf(inputs['okActions']),
    }),
  )
}

// API reference of PutMetricAlarm; moto takes any figure.
function refuses({ period, evaluationPeriods, datapointsToAlarm: points }: Properties): string | undefined {
  if (typeof period === 'number' && ![10, 20, 30].includes(period) && (period < 60 || period % 60 !== 0))
    return `CloudWatch looks every 10, 20, 30 or a multiple of 60 seconds, not ${period} (ValidationError)`
  if (
    typeof period === 'number' &&
    typeof evaluationPeriods === 'number' &&
    period * evaluationPeriods > 604_800
  )
    return 'CloudWatch looks back a week at most (ValidationError)'
  return typeof points === 'number' && typeof evaluationPeriods === 'number' && points > evaluationPeriods
    ? `CloudWatch can not wait for ${points} of ${evaluationPeriods} periods (ValidationError)`
    : undefined
}

function textsOf(value: Value | undefined): string[] {
  return isList(value) ? value.map((one) => written(one)) : []
}
