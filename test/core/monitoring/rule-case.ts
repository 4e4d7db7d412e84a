import { durationMs } from '../../../core/duration.ts'
import type { ResolvedEstate } from '../../../core/estate/resolved.ts'
import { measures } from '../../../core/monitoring/measures.ts'
import { stringify } from 'yaml'
import { runbooks } from './rendered.ts'
import type { Shape } from './shapes.ts'
import type { Timeline } from './timeline.ts'

/** What happens to some series, and how many of an alert fire at some minutes. */
export type RuleCase = {
  readonly alert: string
  readonly severity: 'critical' | 'warning' | 'none'
  readonly name: string
  readonly series: Readonly<Record<string, string>>
  readonly fires: readonly (readonly [minute: number, count: number])[]
  /** What is said at that minute, with the labels of the alert. */
  readonly says?: {
    readonly minute: number
    readonly labels: Readonly<Record<string, string>>
    readonly summary: string
  }
  /** Minutes between samples, and between two looks; 1 when absent. */
  readonly every?: number
}

/** Labels of a target, by its system. */
export function targetLabels(system: 'erp' | 'oa', job: string): Readonly<Record<string, string>> {
  const host = system === 'erp' ? 'erp-db-1' : 'oa-1'
  const tier = system === 'erp' ? 'core' : 'office'
  return { job, system, tier, ring: 'production', host, instance: `${host}:9` }
}

/** A series with more labels. */
export function labelled(series: string, labels: Readonly<Record<string, string>>): string {
  const more = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return series.replace(/\{(.*)\}$/, (_, own: string) => `{${[own, ...more].filter(Boolean).join(',')}}`)
}

const share = 0.02
const after = 6
/** Longer than an alert is kept that is not held. */
const bandMinutes = 14

/** The cases of a measure at a level of a system: just beyond, just not, held in the band, ended. */
export function limitCases(estate: ResolvedEstate, shape: Shape, system: 'erp' | 'oa'): readonly RuleCase[] {
  const measure = measures.find(({ alert }) => alert === shape.alert)
  const limit = measure && estate.systems[system]?.patrol.limits[measure.item]
  if (measure === undefined || limit === undefined) throw new Error(`no measure ${shape.alert}`)
  const target = targetLabels(system, shape.job)
  const minutes = (span: string) => durationMs(span) / 60_000
  const [lasts, keep] = [minutes(measure.for), minutes(measure.keep)]
  // A rate is too small before it has seen 5 minutes, and holds what it was for as long.
  const isRate = measure.expr.includes('[5m]')
  const first = isRate ? 5 : 0
  const sign = limit.side === 'most' ? 1 : -1
  return (['warning', 'critical'] as const).flatMap((severity): readonly RuleCase[] => {
    const value = limit[severity]
    if (value === null) return []
    const edge = value * measure.factor
    const margin = limit.margin * measure.factor
    const stay = edge - sign * margin
    const little = (of: number) =>
      shape.whole ? 1 : Math.min(of * share, margin === 0 ? Infinity : margin / 5)
    const beyond = edge + sign * little(edge)
    const within = shape.whole ? edge : edge - sign * little(edge)
    const begin = first + lasts
    const fired = begin + 5
    const banded = margin === 0 ? fired : fired + bandMinutes
    const cases = (name: string, timeline: Timeline, fires: RuleCase['fires'], says?: RuleCase['says']) => ({
      ...{ alert: shape.alert, severity, name: `${system}: ${name}`, fires },
      ...(says === undefined ? {} : { says }),
      series: Object.fromEntries(
        Object.entries(shape.series).map(([series, samples]) => [
          labelled(series, target),
          samples(timeline),
        ]),
      ),
    })
    const band: Timeline = margin === 0 ? [] : [[stay + sign * little(stay), bandMinutes]]
    const ended = margin === 0 ? within : stay - sign * little(stay)
    return [
      cases(
        'just beyond',
        [[beyond, begin + after]],
        [...(lasts === 0 ? [] : [[begin - 1, 0] as const]), [begin, 1]],
        severity === 'warning' && system === 'erp'
          ? { minute: begin, labels: { ...target, ...shape.labels, severity }, summary: shape.says }
          : undefined,
      ),
      cases(
        'just not',
        [[within, begin + after]],
        [
          [begin, 0],
          [begin + after - 1, 0],
        ],
      ),
      cases(
        'held and ended',
        [[beyond, fired], ...band, [ended, keep + 10]],
        [
          [fired - 1, 1],
          [banded - 1, 1],
          ...(keep === 0 ? [] : [[banded + (isRate ? keep + 1 : keep - 1), 1] as const]),
          [banded + (isRate ? 6 : 0) + keep, 0],
        ],
      ),
    ]
  })
}

/** Cases of one alert and level as a file of promtool for a file of rules. */
export function testFile(rules: string, cases: readonly RuleCase[]): string {
  return stringify(
    {
      rule_files: [rules],
      evaluation_interval: `${cases[0]?.every ?? 1}m`,
      tests: cases.map(({ alert, severity, name, series, fires, says, every = 1 }) => ({
        name,
        interval: `${every}m`,
        input_series: Object.entries(series).map(([metric, values]) => ({ series: metric, values })),
        promql_expr_test: fires.map(([minute, count]) => ({
          expr: `count(ALERTS{alertname="${alert}",alertstate="firing",severity="${severity}"})`,
          eval_time: `${minute}m`,
          exp_samples: count === 0 ? [] : [{ labels: '{}', value: count }],
        })),
        ...(says === undefined
          ? {}
          : {
              alert_rule_test: [
                {
                  eval_time: `${says.minute}m`,
                  alertname: alert,
                  exp_alerts: [
                    {
                      exp_labels: says.labels,
                      exp_annotations: { summary: says.summary, runbook_url: `${runbooks}/${alert}.md` },
                    },
                  ],
                },
              ],
            }),
      })),
    },
    { lineWidth: 0, version: '1.1' },
  )
}
