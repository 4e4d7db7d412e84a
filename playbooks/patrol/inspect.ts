import { limiter } from '../../connect/limit.ts'
import type { HostPool } from '../../connect/pool.ts'
import { sanitise, sanitiseAll } from '../../connect/text.ts'
import type { ResolvedHost, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { Look } from '../../core/patrol/figure.ts'
import { type Finding, judgeHost, type Judged, unseenHost, worstFirst } from '../../core/patrol/findings.ts'
import { type Level, worstLevel } from '../../core/patrol/level.ts'
import { oomFigure } from '../../core/patrol/oom.ts'
import type { PatrolKept } from '../../schemas/patrol-output.ts'
import type { Problem, Result } from '../../schemas/problem.ts'
import { lookAt } from '../facts/patrol.ts'
import { keepLast, readLast } from './last.ts'

/** What was seen of one host; `problems` say why nothing was. */
export type HostInspection = {
  readonly host: string
  readonly level: Level
  readonly look: Look | null
  readonly judged: readonly Judged[]
  readonly problems: readonly Problem[]
}

/** What was found in one system. */
export type SystemInspection = {
  readonly system: ResolvedSystem
  readonly level: Level
  readonly lastTime: string | null
  readonly hosts: readonly HostInspection[]
  readonly findings: readonly Finding[]
  readonly problems: readonly Problem[]
}

/** Where and how to inspect; `time`: ISO 8601, when the inspection began. */
export type Inspecting = {
  readonly pool: HostPool
  readonly stateDir: string
  readonly time: string
  readonly pid: number
  readonly now: () => number
}

/** Hosts that are asked at the same time: each may answer with megabytes, and one that hangs must not stop the others. */
const hostsAtOnce = 32

/** Inspects systems, their hosts side by side, and keeps what was found of each for the next time. */
export async function inspect(
  systems: readonly ResolvedSystem[],
  o: Inspecting,
): Promise<readonly SystemInspection[]> {
  const limited = limiter(hostsAtOnce)
  return Promise.all(systems.map((system) => inspectSystem(system, o, limited)))
}

async function inspectSystem(
  system: ResolvedSystem,
  o: Inspecting,
  limited: ReturnType<typeof limiter>,
): Promise<SystemInspection> {
  const [{ last, problems }, looks] = await Promise.all([
    readLast(o.stateDir, system.name),
    Promise.all(system.hosts.map((host) => limited(() => lookAtHost(system, host, o)))),
  ])
  const done = system.hosts.map(({ name }, at) => {
    const look = looks[at]
    if (look === undefined) throw new Error(`no answer for ${name}`)
    return judge(name, look, system, last, o.time)
  })
  const findings = done.flatMap((one) => one.findings).sort(worstFirst)
  const notKept = await keepLast(
    o.stateDir,
    {
      schemaVersion: 1,
      system: system.name,
      time: o.time,
      hosts: Object.fromEntries(
        done.flatMap(({ inspection: { host, look } }) => {
          const known = look ?? last?.hosts[host]
          if (known === undefined) return []
          return [[host, { bootId: known.bootId, oomKills: known.oomKills }] as const]
        }),
      ),
      findings: findings.filter(({ state }) => state !== 'closed'),
    },
    o.pid,
  )
  const hosts = done.map(({ inspection }) => inspection)
  return {
    system,
    level: worstLevel(hosts.map(({ level }) => level)),
    lastTime: last?.time ?? null,
    hosts,
    findings,
    problems: [...problems, ...notKept],
  }
}

async function lookAtHost(
  system: ResolvedSystem,
  host: ResolvedHost,
  { pool, now }: Inspecting,
): Promise<Result<Look>> {
  const connected = await pool.get(host.name)
  if (!connected.ok) return connected
  try {
    const services = host.roles.flatMap((role) => system.roles[role]?.services ?? [])
    return await lookAt(
      connected.value,
      {
        services: [...new Set(services)],
        memoryFileSystems: system.patrol.memoryFileSystems,
        parts: system.patrol.wants,
      },
      now,
    )
  } finally {
    connected.value.close()
  }
}

function judge(
  host: string,
  looked: Result<Look>,
  system: ResolvedSystem,
  last: PatrolKept | null,
  time: string,
): { readonly inspection: HostInspection; readonly findings: readonly Finding[] } {
  const before = last?.findings ?? []
  if (!looked.ok) {
    const problems = sanitiseAll(looked.problems, { maxChars: 2_000, oneLine: true })
    const why = [looked.problems[0]?.what, looked.problems[0]?.found].filter(Boolean).join(' ')
    const findings = unseenHost(host, sanitise(why.replaceAll(/\s+/g, ' '), 300), before, time)
    const level = worstLevel(findings.map((one) => one.level))
    return {
      inspection: { host, level, look: null, judged: [], problems },
      findings,
    }
  }
  const figures = [...looked.value.figures, oomFigure(looked.value, last?.hosts[host])]
  const look = { ...looked.value, figures }
  const { judged, findings } = judgeHost(look, system.patrol.limits, before, time)
  const open = findings.filter(({ state }) => state !== 'closed').map((one) => one.level)
  return {
    inspection: { host, level: worstLevel(open), look, judged, problems: [] },
    findings,
  }
}
