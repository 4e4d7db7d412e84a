import type { Judged } from '../../core/patrol/findings.ts'
import { dayText, type Forecast } from '../../core/patrol/forecast.ts'
import { worstLevel } from '../../core/patrol/level.ts'
import { items } from '../../core/patrol/limits.ts'
import type { PatrolOutput } from '../../schemas/patrol-output.ts'
import type { HostInspection, SystemInspection } from './inspect.ts'

type SystemOutput = PatrolOutput['systems'][number]
type HostOutput = SystemOutput['hosts'][number]

/**
 * An inspection as `upkeep patrol --json` prints it (`PatrolOutput`), as JSON text in parts, a host in each: of 1,000 hosts
 * the whole text is 6 MB, and stood in memory several times over.
 */
export function* patrolJson(systems: readonly SystemInspection[], time: string): Generator<string> {
  const head = {
    messageType: 'patrol',
    schemaVersion: 1,
    level: worstLevel(systems.map((one) => one.level)),
    time,
  } satisfies Omit<PatrolOutput, 'systems'>
  yield `${unclosed(head)},"systems":[`
  for (const [at, one] of systems.entries()) {
    const before = {
      system: one.system.name,
      tier: one.system.tier,
      owner: one.system.owner.id,
      level: one.level,
      lastTime: one.lastTime,
    } satisfies Partial<SystemOutput>
    const after = {
      functions: one.functions.map(({ host, level, judged }) => ({
        ring: host.endsWith('/test') ? ('test' as const) : ('production' as const),
        level,
        figures: judged.map((figure) => figureOutput(figure, one)),
      })),
      findings: [...one.findings],
      problems: [...one.problems],
    } satisfies Omit<SystemOutput, 'hosts' | keyof typeof before>
    yield `${comma(at)}${unclosed(before)},"hosts":[`
    for (const [place, host] of one.hosts.entries())
      yield `${comma(place)}${JSON.stringify(hostOutput(host, one, time))}`
    yield `],${JSON.stringify(after).slice(1)}`
  }
  yield ']}'
}

/** The text of an object that more is to come into. */
function unclosed(value: object): string {
  return JSON.stringify(value).slice(0, -1)
}

function comma(place: number): string {
  return place === 0 ? '' : ','
}

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
