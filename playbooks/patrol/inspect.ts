import { limiter } from '../../connect/limit.ts'
import type { HostPool } from '../../connect/pool.ts'
import type { ResolvedHost, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { Look } from '../../core/patrol/figure.ts'
import { type Finding, worstFirst } from '../../core/patrol/findings.ts'
import { type Level, worstLevel } from '../../core/patrol/level.ts'
import { missedFinding } from '../../core/patrol/missed.ts'
import type { Schedule } from '../../core/schedule/due.ts'
import type { PatrolKept } from '../../schemas/patrol-output.ts'
import { ok, type Problem, type Result } from '../../schemas/problem.ts'
import { lookAt } from '../facts/patrol.ts'
import { exercise } from './functions.ts'
import { type HostInspection, judge } from './judge.ts'
import { keepLast, readLast } from './last.ts'
import { wantedOf } from './wanted.ts'
import type { Secrets } from '../rollout/targets.ts'

export type { HostInspection } from './judge.ts'

/** What was found in one system; `functions`: by ring, what is exercised from the controller. */
export type SystemInspection = {
  readonly system: ResolvedSystem
  readonly level: Level
  readonly lastTime: string | null
  readonly hosts: readonly HostInspection[]
  readonly functions: readonly HostInspection[]
  readonly findings: readonly Finding[]
  readonly problems: readonly Problem[]
}

/** Where and how to inspect; `time`: ISO 8601, when the inspection began; `timeoutMs`: for one host. */
export type Inspecting = {
  readonly pool: HostPool
  readonly secrets: Secrets
  readonly stateDir: string
  readonly time: string
  readonly pid: number
  readonly now: () => number
  readonly timeoutMs?: number
  /** When inspections of a system are due; null: by no timer. */
  readonly scheduleOf: (system: ResolvedSystem) => Schedule | null
  /** Over how long (ms) its starts are spread. */
  readonly spreadMs: number
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
  const { last, problems, mayKeep } = await readLast(o.stateDir, system.name)
  const around = { system, last, time: o.time }
  // Judged while others are still asked, which waits for the network, and not all of them at the end.
  const judged = (host: ResolvedHost) =>
    limited(async () => judge(host.name, await lookAtHost(system, host, last, o), around))
  const [exercised, ofHosts] = await Promise.all([exercise(system, o), Promise.all(system.hosts.map(judged))])
  const ofFunctions = exercised.map((look) => judge(look.host, ok(look), around))
  const done = [...ofHosts, ...ofFunctions]
  const missed = missedFinding({
    system: system.name,
    schedule: o.scheduleOf(system),
    spreadMs: o.spreadMs,
    lastMs: last === null ? null : Date.parse(last.time),
    nowMs: Date.parse(o.time),
    last: last?.findings ?? [],
  })
  const findings = [...done.flatMap((one) => one.findings), ...missed].sort(worstFirst)
  const kept: PatrolKept = {
    schemaVersion: 1,
    system: system.name,
    time: o.time,
    hosts: Object.fromEntries(
      ofHosts.flatMap(({ inspection: { host, look } }) => {
        // Of a host that could not be asked, the next one goes on from what the last one knew.
        const known = look?.memory ?? last?.hosts[host]
        return known === undefined ? [] : [[host, known] as const]
      }),
    ),
    findings: findings.filter(({ state }) => state !== 'closed'),
  }
  const notKept = mayKeep ? await keepLast(o.stateDir, kept, o.pid) : []
  return {
    system,
    level: worstLevel([
      ...done.map(({ inspection }) => inspection.level),
      ...missed.filter(({ state }) => state !== 'closed').map(({ level }) => level),
    ]),
    lastTime: last?.time ?? null,
    hosts: ofHosts.map(({ inspection }) => inspection),
    functions: ofFunctions.map(({ inspection }) => inspection),
    findings,
    problems: [...problems, ...notKept],
  }
}

async function lookAtHost(
  system: ResolvedSystem,
  host: ResolvedHost,
  last: PatrolKept | null,
  { pool, now, timeoutMs }: Inspecting,
): Promise<Result<Look>> {
  const connected = await pool.get(host.name)
  if (!connected.ok) return connected
  try {
    const wanted = wantedOf(system, host, last?.findings ?? [])
    const before = { memory: last?.hosts[host.name], time: last?.time ?? null }
    return await lookAt(connected.value, wanted, before, { now, timeoutMs })
  } finally {
    connected.value.close()
  }
}
