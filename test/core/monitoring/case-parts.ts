import { labelled, type RuleCase, targetLabels } from './rule-case.ts'

/** Labels of a host of the ERP. */
export const node = targetLabels('erp', 'node')

/** Series by metric, each with these labels as well. */
export function series(
  labels: Readonly<Record<string, string>>,
  of: Readonly<Record<string, string>>,
): RuleCase['series'] {
  return Object.fromEntries(
    Object.entries(of).map(([metric, values]) => [
      labelled(metric.includes('{') ? metric : `${metric}{}`, labels),
      values,
    ]),
  )
}

/** Cases of one alert at one level. */
export function cases(
  of: Pick<RuleCase, 'alert' | 'severity'>,
  found: readonly Omit<RuleCase, 'alert' | 'severity'>[],
): readonly RuleCase[] {
  return found.map((one) => ({ ...of, ...one }))
}
