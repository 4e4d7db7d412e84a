import { sanitise, sanitiseAll } from '../../connect/text.ts'
import type { ResolvedSystem } from '../../core/estate/resolved.ts'
import type { Look } from '../../core/patrol/figure.ts'
import { type Finding, judgeHost, type Judged, unseenHost } from '../../core/patrol/findings.ts'
import { type Level, worstLevel } from '../../core/patrol/level.ts'
import { type Forecast, forecastsOf } from '../../core/patrol/forecast.ts'
import { dayOf, remember } from '../../core/patrol/history.ts'
import { oomFigure } from '../../core/patrol/oom.ts'
import type { PatrolKept } from '../../schemas/patrol-output.ts'
import type { Problem, Result } from '../../schemas/problem.ts'

/** What was seen of one host, or of what is exercised from the controller; `problems` say why nothing was. */
export type HostInspection = {
  readonly host: string
  readonly level: Level
  readonly look: Look | null
  readonly judged: readonly Judged[]
  readonly forecasts: readonly Forecast[]
  readonly problems: readonly Problem[]
}

/** Holds what was seen against the limits of the system, and against what was open after the last inspection. */
export function judge(
  host: string,
  looked: Result<Look>,
  {
    system,
    last,
    time,
  }: { readonly system: ResolvedSystem; readonly last: PatrolKept | null; readonly time: string },
): { readonly inspection: HostInspection; readonly findings: readonly Finding[] } {
  const before = last?.findings ?? []
  if (!looked.ok) {
    const problems = sanitiseAll(looked.problems, { maxChars: 2_000, oneLine: true })
    const why = [looked.problems[0]?.what, looked.problems[0]?.found].filter(Boolean).join(' ')
    const findings = unseenHost(host, sanitise(why.replaceAll(/\s+/g, ' '), 300), before, time)
    const level = worstLevel(findings.map((one) => one.level))
    return { inspection: { host, level, look: null, judged: [], forecasts: [], problems }, findings }
  }
  const isHost = system.hosts.some(({ name }) => name === host)
  const oom = isHost ? [oomFigure(looked.value, last?.hosts[host])] : []
  const figures = [...looked.value.figures, ...oom]
  const { limits } = system.patrol
  const nowMs = Date.parse(time)
  const history = isHost ? remember(last?.hosts[host]?.history, figures, limits, nowMs) : {}
  const memory = { ...looked.value.memory, ...(isHost ? { history } : {}) }
  const look = { ...looked.value, figures, memory }
  const { judged, findings } = judgeHost(look, limits, before, time)
  const open = findings.filter(({ state }) => state !== 'closed').map((one) => one.level)
  return {
    inspection: {
      host,
      level: worstLevel(open),
      look,
      judged,
      forecasts: forecastsOf(history, limits, dayOf(nowMs)),
      problems: [],
    },
    findings,
  }
}
