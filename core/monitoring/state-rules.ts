import type { ResolvedEstate } from '../estate/resolved.ts'
import { probeTimeoutSeconds } from './blackbox-text.ts'
import { diskAvailable, diskFreeRecord } from './measures.ts'
import { isOneOf, quoted, untouched } from './quote.ts'
import { type Alert, alertRule, held, type RuleGroup } from './rule.ts'
import { probeTargets, systemsOf } from './targets.ts'

/** Alerts that ask whether something is there, answers or will end, rather than how much of it is in use. */
export function stateRules(estate: ResolvedEstate, runbooks: string): RuleGroup {
  const alerts = [targetDown, ...serviceAlerts(estate), diskWillFill, databaseDown, ...probeAlerts(estate)]
  return { name: 'states', rules: alerts.map((alert) => alertRule(alert, runbooks)) }
}

const targetDown: Alert = {
  alert: 'TargetDown',
  expr: 'up == 0',
  severity: 'critical',
  for: '3m',
  keep: '2m',
  says: '{{ with $labels.host }}{{ . }}: {{ end }}{{ $labels.job }} at {{ $labels.instance }} gives no metrics',
}

/** The services of the estate, each on the hosts of its roles: not running, or not known to systemd. */
function serviceAlerts(estate: ResolvedEstate): readonly Alert[] {
  const hosts = new Map<string, Set<string>>()
  for (const system of systemsOf(estate))
    for (const host of system.hosts.filter(({ packages }) => packages !== 'none'))
      for (const service of host.roles.flatMap((role) => system.roles[role]?.services ?? []))
        hosts.set(service, (hosts.get(service) ?? new Set()).add(host.name))
  return [...hosts].map(([service, names]) => ({
    alert: 'ServiceDown',
    expr:
      `up{job="node",${isOneOf('host', [...names])}} == 1\nunless on (system, host)\n` +
      `node_systemd_unit_state{job="node",name=${quoted(service)},state="active"} == 1`,
    severity: 'critical',
    for: '2m',
    keep: '2m',
    says: `{{ $labels.host }}: ${untouched(service)} does not run`,
    labels: { unit: untouched(service) },
  }))
}

/**
 * Low, falling for six hours, and falling over days in its daily minima: a log that is rotated, or packages that are fetched, are
 * the first two alone.
 */
const diskWillFill: Alert = {
  alert: 'DiskWillFill',
  expr:
    `${diskFreeRecord} < 0.4\n` +
    `and predict_linear(${diskAvailable}[6h], 86400) < 0\n` +
    `and predict_linear(min_over_time(${diskAvailable}[1d])[5d:1h], 604800) < 0`,
  severity: 'warning',
  for: '1h',
  keep: '1h',
  says: '{{ $labels.mountpoint }} of {{ $labels.host }}: {{ $value | humanizePercentage }} free, and full within a day at this pace',
}

const databaseDown: Alert = {
  alert: 'DatabaseDown',
  expr: 'pg_up{job="postgresql"} == 0',
  severity: 'critical',
  for: '2m',
  keep: '2m',
  says: 'Database {{ $labels.database }} on {{ $labels.host }} takes no connection',
}

const failing: Alert = {
  alert: 'ProbeFailing',
  expr: 'probe_success{job="probe"} == 0',
  severity: 'critical',
  for: '3m',
  keep: '2m',
  says: '{{ $labels.system }}: probe {{ $labels.probe }} of {{ $labels.instance }} fails',
}

/** R2.3 "interface response time": slow is what one answer in five takes longer than the estate says; ended when a tenth faster. */
function probeAlerts(estate: ResolvedEstate): readonly Alert[] {
  const spans = [...new Set(probeTargets(estate).map(({ probe }) => probe.withinMs / 1000))]
    // What is not given time to be slow fails.
    .filter((seconds) => seconds < probeTimeoutSeconds(seconds))
    .toSorted((a, b) => a - b)
  if (spans.length === 0) return [failing]
  const slower = (seconds: number, share: number) => {
    const matchers = `{job="probe",within="${seconds}"}`
    const limit = Number((seconds * share).toPrecision(12))
    return `quantile_over_time(0.8, probe_duration_seconds${matchers}[10m]) > ${limit} and probe_success${matchers} == 1`
  }
  const slow = { alert: 'ProbeSlow', severity: 'warning' } as const
  const enters = spans.map((seconds) => slower(seconds, 1))
  const stays = spans.map((seconds) => slower(seconds, 0.9))
  return [
    failing,
    {
      ...slow,
      expr: held(enters, stays, slow),
      for: '5m',
      keep: '5m',
      says: '{{ $labels.system }}: probe {{ $labels.probe }} of {{ $labels.instance }} takes {{ $value | humanizeDuration }}',
    },
  ]
}
