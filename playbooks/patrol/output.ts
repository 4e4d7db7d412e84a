import type { Judged } from '../../core/patrol/findings.ts'
import { dayText, type Forecast } from '../../core/patrol/forecast.ts'
import { worstLevel } from '../../core/patrol/level.ts'
import { items } from '../../core/patrol/limits.ts'
import type { PatrolOutput } from '../../schemas/patrol-output.ts'
import type { HostInspection, SystemInspection } from './inspect.ts'

/** An inspection as `upkeep patrol --json` prints it. */
export function patrolOutput(systems: readonly SystemInspection[], time: string): PatrolOutput {
  return {
    messageType: 'patrol',
    schemaVersion: 1,
    level: worstLevel(systems.map((one) => one.level)),
    time,
    systems: systems.map((one) => ({
      system: one.system.name,
      tier: one.system.tier,
      owner: one.system.owner.id,
      level: one.level,
      lastTime: one.lastTime,
      hosts: one.hosts.map((host) => hostOutput(host, one, time)),
      functions: one.functions.map(({ host, level, judged }) => ({
        ring: host.endsWith('/test') ? ('test' as const) : ('production' as const),
        level,
        figures: judged.map((figure) => figureOutput(figure, one)),
      })),
      findings: [...one.findings],
      problems: [...one.problems],
    })),
  }
}

type HostOutput = PatrolOutput['systems'][number]['hosts'][number]

function hostOutput(
  { host, level, look, judged, forecasts, problems }: HostInspection,
  of: SystemInspection,
  time: string,
): HostOutput {
  return {
    host,
    level,
    scope: look?.scope ?? 'unknown',
    uptimeS: look?.uptimeS ?? null,
    figures: judged.map((figure) => figureOutput(figure, of)),
    forecasts: forecasts.map((one) => forecastOutput(one, time)),
    problems: [...problems],
  }
}

function forecastOutput(one: Forecast, time: string): HostOutput['forecasts'][number] {
  const { item, of, value, line, level, points } = one
  const head = { item, of, value, unit: items[item].unit, line, level, points }
  const day = (inDays: number) => dayText(Date.parse(time), inDays, 'UTC')
  if (one.state === 'none')
    return { ...head, state: 'none', why: one.why, day: null, earliest: null, latest: null, perDay: null }
  const { inDays, earlyDays, lateDays, perDay } = one
  return {
    ...head,
    state: 'crosses',
    why: null,
    day: day(inDays),
    earliest: day(earlyDays),
    latest: lateDays === null ? null : day(lateDays),
    perDay,
  }
}

function figureOutput({ figure, level }: Judged, of: SystemInspection): HostOutput['figures'][number] {
  const { side, warning, critical } = of.system.patrol.limits[figure.item]
  return {
    item: figure.item,
    of: figure.of,
    state: figure.state,
    level,
    value: figure.state === 'seen' ? figure.value : null,
    unit: items[figure.item].unit,
    side,
    warning,
    critical,
    said: figure.state === 'seen' ? (figure.said ?? '') : figure.why,
  }
}
