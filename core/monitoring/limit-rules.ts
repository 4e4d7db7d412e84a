import type { ResolvedEstate } from '../estate/resolved.ts'
import { type Limit, items } from '../patrol/limits.ts'
import { type Measure, measures } from './measures.ts'
import { isOneOf } from './quote.ts'
import { type AlertRule, alertRule, held, type RuleGroup, type Severity } from './rule.ts'
import { ownName, systemsOf } from './targets.ts'

/** The measures, and their alerts by the limits that each system has; systems with the same limits share a rule. */
export function limitRules(estate: ResolvedEstate, runbooks: string): RuleGroup {
  return {
    name: 'limits',
    rules: measures.flatMap((measure) => [
      { record: measure.record, expr: measure.expr },
      ...(['critical', 'warning'] as const).flatMap((severity) =>
        rulesOf(measure, sharedLimits(estate, measure), severity, runbooks),
      ),
    ]),
  }
}

/** A limit with the selector of the series that it holds for. */
type Shared = { readonly limit: Limit; readonly series: string }

/** Each limit of a measure, in the order of the file; the monitoring host has that of no tier. */
function sharedLimits(estate: ResolvedEstate, { item, record }: Measure): readonly Shared[] {
  const all = [
    ...systemsOf(estate).map(({ name, patrol }) => [name, patrol.limits[item]] as const),
    [ownName, items[item].limit] as const,
  ]
  const shared = new Map<string, { readonly limit: Limit; readonly systems: string[] }>()
  for (const [name, limit] of all) {
    const { warning, critical, margin } = limit
    const key = JSON.stringify([warning, critical, margin])
    const known = shared.get(key)
    if (known === undefined) shared.set(key, { limit, systems: [name] })
    else known.systems.push(name)
  }
  const selector = (systems: readonly string[]) =>
    shared.size === 1 ? record : `${record}{${isOneOf('system', systems)}}`
  return [...shared.values()].map(({ limit, systems }) => ({ limit, series: selector(systems) }))
}

/** The rule of a level: one, for Prometheus calls a second one of that name and labels a mistake; none where no limit has it. */
function rulesOf(
  { alert, factor, for: lasts, keep, says }: Measure,
  shared: readonly Shared[],
  severity: Exclude<Severity, 'none'>,
  runbooks: string,
): readonly AlertRule[] {
  const enters: string[] = []
  const stays: string[] = []
  for (const { limit, series } of shared) {
    const { side, margin, [severity]: value } = limit
    if (value === null) continue
    const [sign, back] = side === 'most' ? (['>', -margin] as const) : (['<', margin] as const)
    enters.push(`${series} ${sign} ${written(value * factor)}`)
    if (margin > 0) stays.push(`${series} ${sign} ${written((value + back) * factor)}`)
  }
  if (enters.length === 0) return []
  const expr = held(enters, stays, { alert, severity })
  return [alertRule({ alert, expr, severity, for: lasts, keep, says }, runbooks)]
}

/** A number of PromQL, without what binary fractions add to it. */
function written(value: number): string {
  return String(Number(value.toPrecision(12)))
}
