import { setTimeout as sleep } from 'node:timers/promises'

import type { Result } from '../schemas/problem.ts'
import { askCommand, askSql } from './probe-host.ts'
import { askHttp, askTcp } from './probe-net.ts'
import { askTryton } from './probe-tryton.ts'
import type { Host } from './remote.ts'
import type { Secret } from './target.ts'
import { sanitise } from './text.ts'

/** A web address, asked from here (`url`) or on the host's loopback (`port`); good is status 200 unless said otherwise. */
export type HttpProbe = {
  readonly url?: string
  readonly port?: number
  readonly path?: string
  readonly hostHeader?: string
  readonly expect?: { readonly status?: number; readonly contains?: string }
}
/** A port that must accept a connection: of `address` from here, or of the host's loopback. */
export type TcpProbe = { readonly port: number; readonly address?: string }
/** A query that psql runs on the host as `user` (postgres), read-only; `expect` is the only value of the only row. */
export type SqlProbe = {
  readonly port?: number
  readonly database: string
  readonly user?: string
  readonly query: string
  readonly expect: string
}
/** An argument list run on the host; good is exit code 0. */
export type CommandProbe = { readonly run: readonly string[]; readonly root?: boolean }
/** A business function of Tryton 6.0 over JSON-RPC; what it makes is deleted again, or bears a name `upkeep-probe-...`. */
export type TrytonProbe = {
  readonly url: string
  readonly database: string
  readonly user: string
  readonly password: Secret
  readonly do: 'log-in' | 'order-entry' | 'new-customer'
}

/** One question with its time limit `within` in milliseconds; slower is bad. */
export type Probe = { readonly name: string; readonly within: number } & (
  | { readonly http: HttpProbe }
  | { readonly tcp: TcpProbe }
  | { readonly sql: SqlProbe }
  | { readonly command: CommandProbe }
  | { readonly tryton: TrytonProbe }
)

/** What was found, and how long it took; `unknown` when it could not be asked, `said` is safe to print. */
export type ProbeAnswer = {
  readonly name: string
  readonly outcome: 'good' | 'bad' | 'unknown'
  readonly ms: number
  readonly said: string
  /** Times of its steps, where it has steps. */
  readonly steps: readonly ProbeStep[]
}

/** One exchange of a business function. */
export type ProbeStep = { readonly name: string; readonly ms: number }

/** The host that the probe belongs to, connected when needed, and the clock in milliseconds. */
export type ProbeContext = { readonly host: () => Promise<Result<Host>>; readonly now: () => number }

/** What one kind of probe found. */
export type Said = { readonly outcome: 'good' | 'bad' | 'unknown'; readonly said: string }

/** Who is told of each step: what is under way (`at`), and how long those took that have ended. */
export type StepWatch = { at: string; readonly now: () => number; readonly ended: (step: ProbeStep) => void }

/** Asks a probe; never fails, as "could not be asked" is an answer. Connecting to the host is not in its time. */
export async function runProbe(probe: Probe, ctx: ProbeContext): Promise<ProbeAnswer> {
  const host = needsHost(probe) ? await ctx.host() : undefined
  if (host !== undefined && !host.ok) {
    const [problem] = host.problems
    return answer(probe, 0, { outcome: 'unknown', said: problem?.what ?? 'the host can not be asked' })
  }
  const begun = ctx.now()
  const over = new AbortController()
  const steps: ProbeStep[] = []
  const watch: StepWatch = { at: '', now: ctx.now, ended: (step) => void steps.push(step) }
  const late = sleep(probe.within, undefined, { signal: over.signal }).then(
    (): Said => ({
      outcome: 'bad',
      said: `no answer within ${probe.within} ms${watch.at === '' ? '' : `, at ${watch.at}`}`,
    }),
    (): Said => ({ outcome: 'bad', said: '' }),
  )
  const said = await Promise.race([ask(probe, host?.value, watch), late])
  const ms = Math.round(ctx.now() - begun)
  over.abort()
  if (said.outcome === 'good' && ms > probe.within)
    return answer(probe, ms, { outcome: 'bad', said: `slow: ${ms} ms, limit ${probe.within} ms` }, [...steps])
  return answer(probe, ms, said, [...steps])
}

function ask(probe: Probe, host: Host | undefined, watch: StepWatch): Promise<Said> {
  if ('http' in probe) return askHttp(probe.http, host, probe.within)
  if ('tcp' in probe) return askTcp(probe.tcp, host, probe.within)
  if ('tryton' in probe)
    return askTryton(probe.tryton, probe.within, `upkeep-probe-${watch.now().toString(36)}`, watch)
  if (host === undefined) throw new Error('this probe is asked on a host')
  return 'sql' in probe
    ? askSql(probe.sql, host, probe.within)
    : askCommand(probe.command, host, probe.within)
}

function needsHost(probe: Probe): boolean {
  if ('http' in probe) return probe.http.url === undefined
  if ('tcp' in probe) return probe.tcp.address === undefined
  return !('tryton' in probe)
}

function answer(
  probe: Probe,
  ms: number,
  { outcome, said }: Said,
  steps: readonly ProbeStep[] = [],
): ProbeAnswer {
  return { name: probe.name, outcome, ms, said: sanitise(said.trim().replaceAll('\n', ' '), 200), steps }
}
