import { worstFirst } from '../../core/patrol/findings.ts'
import { type Level, worstLevel } from '../../core/patrol/level.ts'
import { items } from '../../core/patrol/limits.ts'
import type { SystemInspection } from '../patrol/inspect.ts'
import { findingText } from './patrol.ts'

/** Exit codes of the Nagios Plugin API. */
export const nagiosCode: Readonly<Record<Level, 0 | 1 | 2 | 3>> = {
  ok: 0,
  warning: 1,
  critical: 2,
  unknown: 3,
}

/** An inspection as the Nagios Plugin API has it: one line with performance data behind a bar, then the open findings. */
export function nagiosLines(systems: readonly SystemInspection[]): readonly string[] {
  const level = worstLevel(systems.map((one) => one.level))
  const open = systems
    .flatMap(({ findings, system }) => findings.map((finding) => ({ finding, system })))
    .filter(({ finding }) => finding.state !== 'closed')
    .sort((a, b) => worstFirst(a.finding, b.finding))
  const of = (one: Level) => open.filter(({ finding }) => finding.level === one).length
  const hosts = systems.flatMap((one) => one.hosts).length
  const text = `PATROL ${level.toUpperCase()} - ${of('critical')} critical, ${of('unknown')} unknown, ${of('warning')} warning on ${hosts} hosts`
  const data = systems.flatMap(performance)
  return [
    data.length === 0 ? text : `${text} | ${data.join(' ')}`,
    ...open.map(({ finding, system }) =>
      plain(`${finding.level}: ${finding.host}: ${findingText(finding, system.patrol.limits)}`),
    ),
  ]
}

// 'label'=value[UOM];warn;crit;min;max. A range "20:" is left when the value is below it, "70" when it is above.
function performance({ system, hosts, functions }: SystemInspection): readonly string[] {
  return [...hosts, ...functions].flatMap(({ host, judged }) =>
    judged.flatMap(({ figure }) => {
      if (figure.state === 'absent') return []
      const { side, warning, critical } = system.patrol.limits[figure.item]
      const { unit } = items[figure.item]
      const range = (limit: number | null) =>
        limit === null || (figure.state === 'seen' && figure.calm === true)
          ? ''
          : side === 'most'
            ? String(limit)
            : `${limit}:`
      const label = plain(`${host} ${figure.item}${figure.of === '' ? '' : ` ${figure.of}`}`)
      // The API knows neither rates nor days: such a figure has no unit.
      const measure = unit === '/s' || unit === 'd' ? '' : unit
      const value = figure.state === 'seen' ? `${Number(figure.value.toFixed(3))}${measure}` : 'U'
      const bounds = unit === '%' ? ';0;100' : ';0'
      return [`'${label}'=${value};${range(warning)};${range(critical)}${bounds}`]
    }),
  )
}

/** Text without what the format is made of. */
function plain(text: string): string {
  return text.replaceAll(/[|='\n]/g, '_')
}
