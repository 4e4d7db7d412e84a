/** How soon somebody has to look: `critical` now, `warning` in working hours, `none` never (it shows that alerts pass). */
export type Severity = 'critical' | 'warning' | 'none'

/** A rule that keeps the value of an expression under a name. */
export type RecordRule = { readonly record: string; readonly expr: string }

/** An alert rule as Prometheus reads it. */
export type AlertRule = {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly keep_firing_for?: string
  readonly labels: Readonly<Record<string, string>> & { readonly severity: Severity }
  readonly annotations: { readonly summary: string; readonly runbook_url: string }
}

/** Rules that are worked out one after the other. */
export type RuleGroup = { readonly name: string; readonly rules: readonly (RecordRule | AlertRule)[] }

/** What an alert is, before it knows where its runbook is. */
export type Alert = {
  readonly alert: string
  readonly expr: string
  readonly severity: Severity
  /** Beyond its limit for so long before anybody is told. */
  readonly for: string
  /** So long after it is good again it ends. */
  readonly keep: string
  /** A template. */
  readonly says: string
  readonly labels?: Readonly<Record<string, string>>
}

/** An alert as a rule; `runbooks` is the address of the folder with the page of each alert, without a slash. */
export function alertRule(
  { alert, expr, severity, keep, says, labels, ...o }: Alert,
  runbooks: string,
): AlertRule {
  return {
    alert,
    expr,
    ...(o.for === '0s' ? {} : { for: o.for }),
    ...(keep === '0s' ? {} : { keep_firing_for: keep }),
    labels: { severity, ...labels },
    annotations: { summary: says, runbook_url: `${runbooks}/${alert}.md` },
  }
}

/**
 * Any of `enters`, or, while the alert fires already, any of the weaker `stays`: a value that swings about its limit is one
 * alert. The same labels must come out of all of them.
 */
export function held(
  enters: readonly string[],
  stays: readonly string[],
  { alert, severity }: Pick<Alert, 'alert' | 'severity'>,
): string {
  if (stays.length === 0) return enters.join('\nor\n')
  const firing = `ALERTS{alertname="${alert}",alertstate="firing",severity="${severity}"}`
  const stay = stays.length === 1 ? stays.join('') : `(${stays.join(' or ')})`
  return [...enters, `${stay} and ignoring (alertname, alertstate, severity) ${firing}`].join('\nor\n')
}
