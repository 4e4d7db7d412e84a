import type { AlertRule } from '../../../core/monitoring/rule.ts'

/** A rule with one thing changed, and what that was. */
export type Mutant = { readonly what: string; readonly rule: AlertRule }

const number = /(?<=(?:>|<|==) )-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\d.])/g
const sign = /(?<= )(?:>|<|==)(?= -?\d)/g
const opposite: Readonly<Record<string, string>> = { '>': '<', '<': '>', '==': '!=' }

/** Every rule that is one mistake away: a limit, a comparison, the time that it must last, what holds it. */
export function mutantsOf(rule: AlertRule): readonly Mutant[] {
  const { expr } = rule
  const found: Mutant[] = []
  const changed = (what: string, other: string) => {
    if (other !== expr) found.push({ what, rule: { ...rule, expr: other } })
  }
  const replaced = (at: RegExpExecArray, by: string) =>
    expr.slice(0, at.index) + by + expr.slice(at.index + at[0].length)
  for (const at of expr.matchAll(number)) {
    const value = Number(at[0])
    // The zero of a forecast is a number of bytes: one more or less is nothing.
    const isForecast =
      value === 0 && expr.slice(0, at.index).endsWith(') < ') && expr.includes('predict_linear')
    const isCount = expr.includes('oom_kills') || value === 0
    for (const other of isForecast ? [] : isCount ? [value + 1, value - 1] : [value * 1.1, value * 0.9])
      changed(`${at[0]} is ${other}`, replaced(at, String(Number(other.toPrecision(6)))))
  }
  for (const at of expr.matchAll(sign))
    changed(`${at[0]} is the opposite`, replaced(at, opposite[at[0]] ?? ''))
  const parts = expr.split(/\n(?=or\b|and\b)/)
  if (parts.length > 1)
    for (const [index, part] of parts.entries())
      changed(
        `without ${part.replaceAll('\n', ' ').slice(0, 40)}`,
        parts
          .filter((_, other) => other !== index)
          .join('\n')
          .replace(/^(?:or|and)\s/, ''),
      )
  if (rule.for === undefined) found.push({ what: 'for 10m', rule: { ...rule, for: '10m' } })
  else
    for (const [what, by] of [
      ['half', 0.5],
      ['twice', 2],
    ] as const)
      found.push({ what: `for ${what} as long`, rule: { ...rule, for: scaled(rule.for, by) } })
  const { keep_firing_for: _, ...ended } = rule
  if (rule.keep_firing_for !== undefined) found.push({ what: 'not kept', rule: ended })
  return found
}

function scaled(span: string, by: number): string {
  const [, count = '', unit = ''] = /^(\d+)([smh])$/.exec(span) ?? []
  const seconds = Number(count) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h']
  return `${seconds * by}s`
}
