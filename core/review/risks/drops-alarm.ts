import { booleanOf, numberOf, textOf, textsOf } from '../property.ts'
import { isRemoved, type ResourceChange, sides } from '../resource.ts'
import { type Found, found, foundTexts, type StackRule } from '../rule.ts'
import type { Properties } from '../value.ts'

/** Kinds that watch, tell or record. */
const watches = new Set([
  'backup/vaultNotifications',
  'cloudtrail/trail',
  'cloudwatch/compositeAlarm',
  'cloudwatch/eventRule',
  'cloudwatch/eventTarget',
  'cloudwatch/logMetricFilter',
  'cloudwatch/logSubscriptionFilter',
  'cloudwatch/metricAlarm',
  'ec2/flowLog',
  'guardduty/detector',
  'rds/eventSubscription',
  'route53/healthCheck',
  's3/bucketLogging',
  's3/bucketNotification',
  'sns/topic',
  'sns/topicSubscription',
  'synthetics/canary',
])
/** Properties that switch a watch off, in any of these kinds. */
const switches = ['actionsEnabled', 'enableLogging', 'isMultiRegionTrail'] as const

/** An alarm, or what it tells, is gone, switched off, or comes later than before. */
export const dropsAlarm: StackRule = {
  id: 'drops-alarm',
  class: 'loses-watch',
  source:
    'Amazon CloudWatch "Using CloudWatch alarms"; Amazon EventBridge "Rules"; AWS CloudTrail "Stopping logging"',
  finds(change) {
    if (!watches.has(change.kind)) return []
    if (isRemoved(change))
      return [foundTexts(change, 'resource', 'there', 'deleted', 'nobody is told any more')]
    const { was, becomes } = sides(change)
    if (was === null || becomes === null) return []
    const off = switches
      .filter((key) => booleanOf(was.get(key) ?? true) === true && booleanOf(becomes.get(key)) === false)
      .map((key) => found(change, key, was.get(key), becomes.get(key), 'it is switched off'))
    return [
      ...off,
      ...disabled(change, was, becomes),
      ...fewer(change, was, becomes),
      ...later(change, was, becomes),
    ]
  },
}

function disabled(change: ResourceChange, was: Properties, becomes: Properties): readonly Found[] {
  const isOff = textOf(becomes.get('state')) === 'DISABLED' && textOf(was.get('state')) !== 'DISABLED'
  if (change.kind !== 'cloudwatch/eventRule' || !isOff) return []
  return [found(change, 'state', was.get('state'), becomes.get('state'), 'it is switched off')]
}

function fewer(change: ResourceChange, was: Properties, becomes: Properties): readonly Found[] {
  const key = 'alarmActions'
  const after = textsOf(becomes.get(key))
  const lost = textsOf(was.get(key)).filter((one) => !after.includes(one))
  // One topic in the place of another is no loss, and not known yet is for another rule.
  const all = becomes.get(key) ?? []
  const isFewer = Array.isArray(all) && all.length < textsOf(was.get(key)).length
  return isFewer && lost.length > 0
    ? [found(change, key, was.get(key), becomes.get(key), 'it tells fewer')]
    : []
}

function later(change: ResourceChange, was: Properties, becomes: Properties): readonly Found[] {
  if (change.kind !== 'cloudwatch/metricAlarm') return []
  const what = 'it comes later, or not at all'
  const operator = textOf(becomes.get('comparisonOperator')) ?? ''
  const [from, to] = [was, becomes].map((side) => numberOf(side.get('threshold')))
  const isBeyond =
    from !== undefined &&
    to !== undefined &&
    (/^Greater/.test(operator) ? to > from : /^Less/.test(operator) && to < from)
  const periods = ['evaluationPeriods', 'datapointsToAlarm'].filter((key) => {
    const [before, after] = [was, becomes].map((side) => numberOf(side.get(key)))
    return before !== undefined && after !== undefined && after > before
  })
  const missing = 'treatMissingData'
  const [silence, silenceNow] = [was, becomes].map((side) => textOf(side.get(missing)) ?? 'missing')
  const isSilent = silence === 'breaching' && silenceNow !== 'breaching'
  const isTurned = textOf(was.get('comparisonOperator')) !== textOf(becomes.get('comparisonOperator'))
  const keys = [
    ...(isBeyond ? ['threshold'] : []),
    ...(isTurned ? ['comparisonOperator'] : []),
    ...periods,
    ...(isSilent ? [missing] : []),
  ]
  return keys.map((key) => found(change, key, was.get(key), becomes.get(key), what))
}
