import type { Host } from '../../connect/ssh.ts'
import { type Figure, type Look, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { PatrolPart } from '../../schemas/patrol.ts'
import type { PatrolMemory } from '../../schemas/patrol-memory.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import { type Answer, ask } from './answer.ts'
import { readCertificates } from './patrol-certificates.ts'
import { readDisks } from './patrol-disks.ts'
import { asTold } from './patrol-told.ts'
import { readHardware } from './patrol-hardware.ts'
import { readLogins } from './patrol-logins.ts'
import { readMariadb } from './patrol-mariadb.ts'
import { readMounts } from './patrol-mounts.ts'
import { readNetwork } from './patrol-network.ts'
import { readPatches } from './patrol-patches.ts'
import { readPools } from './patrol-pools.ts'
import { readPostgresql, type WantedEngine } from './patrol-postgresql.ts'
import { readProcessor } from './patrol-processor.ts'
import { section } from './patrol-section.ts'
import { readServices } from './patrol-services.ts'

/** What the estate says about a host that an inspection must know, and which units failed at the last one. */
export type Wanted = {
  readonly services: readonly string[]
  readonly failedBefore: readonly string[]
  readonly memoryFileSystems: readonly string[]
  readonly certificates: readonly string[]
  readonly engines: readonly WantedEngine[]
  readonly mariadb: boolean
  readonly packages: 'apt' | 'dnf' | 'none'
  readonly parts: readonly PatrolPart[]
}

/** Times of the controller (ms) before and after the question. */
export type Times = { readonly before: number; readonly after: number }

/** What the last inspection of the host kept, and when it was (ISO 8601). */
export type Before = { readonly memory: PatrolMemory | undefined; readonly time: string | null }

/** Scripts of an inspection, in the order in which they run as one. */
export const patrolScripts = [
  'patrol.sh',
  'patrol-services.sh',
  'patrol-hardware.sh',
  'patrol-network.sh',
  'patrol-certificates.sh',
  'patrol-patches.sh',
  'patrol-logins.sh',
  'patrol-postgresql.sh',
  'patrol-mariadb.sh',
  'patrol-last.sh',
]
// The parts with a limit of time may need 200 s together when all of them hang; a good host needs 4 s.
const defaultTimeoutMs = 240_000
const maxBytes = 4 << 20
const trips = 5
const tripMs = 3_000

/** Inspects a host over one connection and in one execution; nothing is written there. Problems: as of `ask`. */
export async function lookAt(
  host: Host,
  wanted: Wanted,
  last: Before,
  {
    now,
    timeoutMs = defaultTimeoutMs,
  }: { readonly now: () => number; readonly timeoutMs?: number | undefined },
): Promise<Result<Look>> {
  const roundTrips = await host.roundTrips(trips, { timeoutMs: Math.min(tripMs, timeoutMs), now })
  const before = now()
  const answer = await ask(host, {
    scripts: patrolScripts,
    args: argumentsOf(wanted, last.memory),
    timeoutMs,
    maxBytes,
    stopWhenFull: true,
  })
  if (!answer.ok) return answer
  return ok(readLook(answer.value, wanted, { times: { before, after: now() }, last, roundTrips }))
}

/** Parameters of the scripts, as the head of `patrol.sh` has them. */
export function argumentsOf(wanted: Wanted, last: PatrolMemory | undefined): readonly string[] {
  const engines = wanted.engines.map(({ port, database }) => {
    const log = last?.engines?.[`postgresql ${port}`]?.log
    return `${port} ${database} ${log?.inode ?? '-'} ${log?.offset ?? '-'}`
  })
  return [
    [...wanted.services, ...wanted.failedBefore].join('\n'),
    wanted.memoryFileSystems.join('\n'),
    wanted.certificates.join('\n'),
    engines.join('\n'),
    wanted.mariadb ? 'yes' : '',
    last?.logins === undefined ? '-' : String(last.logins.untilS),
    wanted.packages,
  ]
}

/** What is beside the answer of a host. */
export type Around = { readonly times: Times; readonly last: Before; readonly roundTrips: readonly number[] }

/** Reads the answer of the scripts: always figures; what can not be read is an unknown one. */
export function readLook(answer: Answer, wanted: Wanted, { times, last, roundTrips }: Around): Look {
  const container = section(answer, 'container', /^[a-z][a-z0-9.-]{0,40}$/)
  const scope = !container.ok ? 'unknown' : container.value === 'none' ? 'host' : 'cgroup'
  const bootId = section(answer, 'boot-last', /^[0-9a-f-]{36}$/)
  const uptime = section(answer, 'uptime-last', /^\d{1,12}\.\d\d \d+\.\d\d$/)
  const nowMs = times.after
  const when = { time: new Date(nowMs).toISOString(), lastTime: last.time }
  const { memory } = last
  const processor = readProcessor(answer, scope)
  const mounts = readMounts(answer, { scope, last: memory, nowMs })
  const patches = readPatches(answer, { last: memory, nowMs })
  const logins = readLogins(answer, memory)
  const postgresql = readPostgresql(answer, wanted.engines, { ...when, last: memory })
  const mariadb = readMariadb(answer, wanted.mariadb, { ...when, known: memory?.engines?.['mariadb'] })
  const figures: readonly Figure[] = [
    ...processor.figures,
    ...readDisks(answer, wanted),
    ...mounts.figures,
    ...readPools(answer, scope),
    latency(roundTrips),
    ...readNetwork(answer),
    ...readHardware(answer, scope),
    ...readServices(answer, wanted, scope, times),
    ...readCertificates(answer, nowMs),
    ...patches.figures,
    ...logins.figures,
    ...postgresql.figures,
    ...mariadb.figures,
  ]
  return {
    host: answer.host,
    figures: asTold(figures, wanted.parts),
    scope,
    uptimeS: uptime.ok ? Math.floor(Number.parseFloat(uptime.value)) : null,
    memory: {
      bootId: bootId.ok ? bootId.value : null,
      oomKills: processor.oomKills,
      writable: mounts.writable,
      updates: patches.updates,
      ...(logins.logins === undefined ? {} : { logins: logins.logins }),
      engines: {
        ...postgresql.engines,
        ...(mariadb.engine === undefined ? {} : { mariadb: mariadb.engine }),
      },
    },
  }
}

// The middle one: a single late packet is no slow network.
function latency(roundTrips: readonly number[]): Figure {
  if (roundTrips.length < trips)
    return unknownFigure('latency', 'the host left a small question without an answer')
  const sorted = [...roundTrips].sort((a, b) => a - b)
  const worst = sorted.at(-1) ?? NaN
  return seenFigure('latency', sorted[Math.floor(sorted.length / 2)] ?? NaN, {
    said: `at worst ${worst.toFixed(1)} ms`,
  })
}
