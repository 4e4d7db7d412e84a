import { cases, series } from './case-parts.ts'
import type { RuleCase } from './rule-case.ts'

const own = {
  job: 'monitoring',
  system: '_monitoring',
  tier: 'core',
  ring: 'production',
  host: '_monitoring',
}

const watchdog = cases({ alert: 'Watchdog', severity: 'none' }, [
  {
    name: 'fires from the first moment on',
    series: {},
    fires: [
      [0, 1],
      [30, 1],
    ],
    says: { minute: 0, labels: { severity: 'none' }, summary: 'Alerts pass' },
  },
])

const part = (name: string) => ({ ...own, instance: '127.0.0.1:1', part: name })
const configNotLoaded = cases(
  { alert: 'ConfigNotLoaded', severity: 'critical' },
  (
    [
      ['prometheus', 'prometheus_config_last_reload_successful'],
      ['alertmanager', 'alertmanager_config_last_reload_successful'],
      ['blackbox', 'blackbox_exporter_config_last_reload_successful'],
    ] as const
  ).map(([name, metric]) => ({
    name: `${name}: refuses for five minutes, then takes it`,
    series: series(part(name), { [metric]: '1x4 0x9 1x20' }),
    fires: [
      [9, 0],
      [10, 1],
      [14, 1],
      [15, 0],
    ],
    says: {
      minute: 10,
      labels: { ...part(name), severity: 'critical' },
      summary: `${name} does not take its new settings and works with the old ones`,
    },
  })),
)

const failure = { ...part('prometheus'), rule_group: '/etc/prometheus/rules.yml;limits' }
const rulesFail = cases({ alert: 'RulesFail', severity: 'critical' }, [
  {
    name: 'fails once, then no more',
    series: series(failure, { prometheus_rule_evaluation_failures_total: '0x4 1x40' }),
    fires: [
      [9, 0],
      [10, 1],
      [14, 1],
      [18, 1],
      [21, 0],
    ],
    says: {
      minute: 10,
      labels: { ...failure, severity: 'critical' },
      summary:
        'Prometheus can not work out rules of /etc/prometheus/rules.yml;limits: their alerts do not come',
    },
  },
  {
    name: 'failed long ago',
    series: series(failure, { prometheus_rule_evaluation_failures_total: '7x40' }),
    fires: [[20, 0]],
  },
])

const mailed = { ...part('alertmanager'), integration: 'email' }
const alertsNotDelivered = cases({ alert: 'AlertsNotDelivered', severity: 'critical' }, [
  {
    name: 'a mail was not taken',
    series: series(mailed, { alertmanager_notifications_failed_total: '0x4 1x60' }),
    fires: [
      [9, 0],
      [10, 1],
      [14, 1],
      [23, 1],
      [26, 0],
    ],
    says: {
      minute: 10,
      labels: { ...mailed, severity: 'critical' },
      summary: 'alertmanager could not hand on alerts by email',
    },
  },
  {
    name: 'Alertmanager was not reached',
    series: series(part('prometheus'), { prometheus_notifications_dropped_total: '0x4 1x60' }),
    fires: [
      [9, 0],
      [10, 1],
      [23, 1],
      [26, 0],
    ],
  },
  {
    name: 'none failed of late',
    series: {
      ...series(mailed, { alertmanager_notifications_failed_total: '3x60' }),
      ...series(part('prometheus'), { prometheus_notifications_dropped_total: '3x60' }),
    },
    fires: [[20, 0]],
  },
])

/** Cases of the monitoring itself. */
export const ownCases: readonly RuleCase[] = [
  ...watchdog,
  ...configNotLoaded,
  ...rulesFail,
  ...alertsNotDelivered,
]
