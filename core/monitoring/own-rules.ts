import { type Alert, alertRule, type RuleGroup } from './rule.ts'

/** Alerts about the monitoring itself. */
export function ownRules(runbooks: string): RuleGroup {
  return { name: 'monitoring', rules: alerts.map((alert) => alertRule(alert, runbooks)) }
}

const own = '{job="monitoring"}'

const alerts: readonly Alert[] = [
  // Fires all the time: who asks Alertmanager from elsewhere sees by its absence that no alert would come.
  { alert: 'Watchdog', expr: 'vector(1)', severity: 'none', for: '0s', keep: '0s', says: 'Alerts pass' },
  {
    alert: 'ConfigNotLoaded',
    expr:
      `prometheus_config_last_reload_successful${own} == 0\n` +
      `or alertmanager_config_last_reload_successful${own} == 0\n` +
      `or blackbox_exporter_config_last_reload_successful${own} == 0`,
    severity: 'critical',
    for: '5m',
    keep: '0s',
    says: '{{ $labels.part }} does not take its new settings and works with the old ones',
  },
  {
    alert: 'RulesFail',
    expr: `increase(prometheus_rule_evaluation_failures_total${own}[10m]) > 0`,
    severity: 'critical',
    for: '5m',
    keep: '5m',
    says: 'Prometheus can not work out rules of {{ $labels.rule_group }}: their alerts do not come',
  },
  {
    alert: 'AlertsNotDelivered',
    expr:
      `increase(alertmanager_notifications_failed_total${own}[10m]) > 0\n` +
      `or increase(prometheus_notifications_dropped_total${own}[10m]) > 0`,
    severity: 'critical',
    for: '5m',
    keep: '10m',
    says: '{{ $labels.part }} could not hand on alerts{{ with $labels.integration }} by {{ . }}{{ end }}',
  },
]
