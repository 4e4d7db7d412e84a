import { create, remove, replace, type StackCase, update } from './case.ts'

const alarm = { comparisonOperator: 'GreaterThanThreshold', threshold: 80, evaluationPeriods: 2 }
const opens = (schedule: string, more: object = {}) => ({
  schedule,
  duration: 4,
  cutoff: 1,
  enabled: true,
  ...more,
})
const sunday = 'cron(0 2 ? * SUN *)'
const tag = (...values: readonly string[]) => ({ targets: [{ key: 'tag:upkeep', values }] })

/** What is said of alarms and of maintenance windows. */
export const watchCases: readonly StackCase[] = [
  {
    it: 'an alarm is deleted',
    steps: [remove('cloudwatch/metricAlarm', alarm)],
    gives: ['drops-alarm resource'],
  },
  {
    it: 'an alarm tells nobody',
    steps: [
      update(
        'cloudwatch/metricAlarm',
        { ...alarm, alarmActions: ['arn:a'] },
        { ...alarm, actionsEnabled: false },
      ),
    ],
    gives: ['drops-alarm actionsEnabled', 'drops-alarm alarmActions'],
  },
  {
    it: 'an alarm comes later',
    steps: [update('cloudwatch/metricAlarm', alarm, { ...alarm, threshold: 95, evaluationPeriods: 5 })],
    gives: ['drops-alarm evaluationPeriods', 'drops-alarm threshold'],
  },
  {
    it: 'a target of a rule is deleted, and a rule is switched off',
    steps: [
      remove('cloudwatch/eventTarget', { arn: 'arn:a' }),
      update('cloudwatch/eventRule', {}, { state: 'DISABLED' }),
    ],
    gives: ['drops-alarm state', 'drops-alarm resource'],
  },
  {
    it: 'an alarm watches another figure',
    steps: [update('cloudwatch/metricAlarm', { metricName: 'a' }, { metricName: 'b' })],
    gives: ['not-understood metricName'],
  },
  {
    it: 'an alarm comes earlier, tells another topic, is replaced, and another one is new',
    steps: [
      update(
        'cloudwatch/metricAlarm',
        { ...alarm, alarmActions: ['arn:a'] },
        { ...alarm, threshold: 70, alarmActions: ['arn:b'] },
      ),
      ...replace('cloudwatch/metricAlarm', { name: 'a' }, { name: 'b' }, ['name'], { name: 'two' }),
      create('cloudwatch/metricAlarm', { ...alarm, metricName: 'x' }, { name: 'three' }),
    ],
    near: ['drops-alarm'],
    gives: [],
  },
  {
    it: 'a window is deleted',
    steps: [remove('ssm/maintenanceWindow', opens(sunday))],
    gives: ['shrinks-window resource'],
  },
  {
    it: 'a window is shorter, more seldom, and closed',
    steps: [
      update(
        'ssm/maintenanceWindow',
        opens('cron(0 2 ? * SAT-SUN *)'),
        opens(sunday, { duration: 2, enabled: false }),
      ),
    ],
    gives: ['shrinks-window duration', 'shrinks-window enabled', 'shrinks-window schedule'],
  },
  {
    it: 'a window opens in another zone, and nothing begins in its last hours',
    steps: [
      update(
        'ssm/maintenanceWindow',
        opens(sunday, { scheduleTimezone: 'Asia/Shanghai' }),
        opens(sunday, { scheduleTimezone: 'UTC', cutoff: 3 }),
      ),
    ],
    gives: ['shrinks-window cutoff', 'shrinks-window scheduleTimezone'],
  },
  {
    it: 'a window reaches fewer systems',
    steps: [update('ssm/maintenanceWindowTarget', tag('erp', 'oa'), tag('oa'))],
    gives: ['shrinks-window targets'],
  },
  {
    it: 'a window is longer, more often, for more systems, and its end is open',
    steps: [
      update(
        'ssm/maintenanceWindow',
        opens(sunday, { endDate: '2027-01-01T00:00:00Z' }),
        opens('cron(0 2 ? * SAT,1 *)', { duration: 6 }),
      ),
      update('ssm/maintenanceWindow', opens('rate(14 days)'), opens('rate(7 days)'), { name: 'two' }),
      update('ssm/maintenanceWindowTarget', tag('oa'), tag('erp', 'oa')),
    ],
    near: ['shrinks-window'],
    gives: [],
  },
]
