import { type Deciding, execute, type RunEnd, type RunPorts } from '../../core/run/execute.ts'
import type { Told } from '../../core/run/events.ts'
import { advance, fold } from '../../core/run/fold.ts'
import { next } from '../../core/run/next.ts'
import { newRollout } from '../../core/run/state.ts'
import type { HostPlan, PatchPlan } from '../../schemas/plan.ts'
import { simulatedHost, simulatedPlan } from '../core/run/fleet.ts'
import { seeded } from '../seeded.ts'
import { gone } from './controller.ts'
import { type Hosts, newHosts } from './hosts.ts'
import { isSame } from './same.ts'
import { scenarioOf } from './scenario.ts'
import { newWatch, type Violation, type Watch } from './watch.ts'

/** What a rollout on very many hosts came to. */
export type ManyHosts = {
  readonly found: readonly Violation[]
  readonly outcome: string | null
  readonly events: number
  readonly runs: number
  readonly patched: number
}

const hour = 3_600_000

/** A plan of so many production hosts in waves, twenty test hosts before them; hosts of a role share their steps. */
export function manyHostsPlan(production: number): PatchPlan {
  const roles = ['app', 'db', 'web', 'files']
  const shapes = roles.map((role) => ({
    test: simulatedHost('test', 'test', [role]),
    production: simulatedHost('production', 'production', [role], { reboot: 'never' }),
  }))
  const host = (ring: 'test' | 'production', at: number): HostPlan => {
    const shape = shapes[at % shapes.length]?.[ring]
    if (shape === undefined) throw new Error('no shape')
    const named = { ...shape, host: `${ring}-${String(at).padStart(6, '0')}` }
    return ring === 'production' && at % 50 === 0 ? { ...named, packages: [], steps: [] } : named
  }
  const test = Array.from({ length: 20 }, (_, at) => host('test', at))
  const hosts = Array.from({ length: production }, (_, at) => host('production', at))
  const names = hosts.map((one) => one.host)
  const waves = [names.slice(0, 100), names.slice(100, 2000)]
  for (let at = 2000; at < production; at += 10_000) waves.push(names.slice(at, at + 10_000))
  return simulatedPlan([...test, ...hosts], waves, {
    failureBudget: production / 20,
    atOnce: 500,
    soakMs: 3 * hour,
    noticeMs: 5 * hour,
    backupMaxAgeMs: 24 * hour,
  })
}

/**
 * One rollout over all hosts of a plan, steps failing now and then and controllers killed, watched at every event. The
 * journal is folded as it is written instead of kept: four million events would be more than the rollout itself.
 */
export async function simulateMany(plan: PatchPlan, seed: number): Promise<ManyHosts> {
  const random = seeded(seed)
  const scenario = {
    ...scenarioOf(1),
    plan,
    fails: 0,
    silent: 0.000_005,
    lies: 0.01,
    restoreFails: 0,
    lostHost: null,
  }
  // One test host that fails ends the rollout, as it shall; this one is to reach every host.
  const calm = { ...scenario, silent: 0, lies: 0 }
  const window: RunPorts['window'] = (startMs, needMs) => {
    const begunMs = Math.floor(startMs / (24 * hour)) * 24 * hour
    if (startMs + needMs <= begunMs + 20 * hour) return { open: true, endsMs: begunMs + 20 * hour }
    return { open: false, says: 'shut', untilMs: begunMs + 24 * hour }
  }
  const watch: Watch = newWatch(plan, window, (host) => hosts.truthOf(host))
  const hosts: Hosts = newHosts(() => (folded.testPassedMs === null ? calm : scenario), random, watch)
  let clockMs = 1_700_000_000_000
  let folded = newRollout(plan)
  let events = 0
  let runs = 0

  function write(event: Parameters<RunPorts['tell']>[0]): Told {
    const told: Told = { ...event, timeMs: Math.floor(clockMs) }
    events += 1
    watch.written(told)
    folded = advance(plan, folded, told)
    return told
  }

  function portsOf(killedAt: number): RunPorts {
    let told = 0
    return {
      now: () => Math.floor(clockMs),
      async tell(event) {
        told += 1
        if (told >= killedAt) throw gone
        return write(event)
      },
      async perform(host, step, { resume }) {
        if (told >= killedAt) throw gone
        const ms = Math.floor(random() * 60_000)
        clockMs += ms / plan.policy.atOnce
        return { outcome: hosts.perform(host, step, resume), ms, said: 'simulated' }
      },
      askBackup: async () => ({ timeMs: Math.floor(clockMs) - hour, said: 'good' }),
      mail: async () => ({ sent: true, said: 'sent' }),
      mailTo: [],
      window,
      stopping: () => false,
      asked: async () => [],
      leaseHeld: async () => null,
    }
  }

  const deciding = (ports: RunPorts): Deciding => ({
    advance(of, state, event) {
      watch.known(event)
      // What was done to it can not be done again: its steps belong to a way that has ended.
      if (event.type === 'host.ended') hosts.truthOf(event.subject).units.clear()
      return advance(of, state, event)
    },
    next(of, state, nowMs, gates) {
      const due = next(of, state, nowMs, gates)
      watch.decides(due.effects, ports.now(), ports.stopping())
      return due
    },
  })

  const data = { rollout: plan.id, plan: plan.digest, system: plan.system, reason: 'simulated' }
  write({ type: 'rollout.started', data })
  let end: RunEnd | null = null
  while (runs < 1000 && watch.found.length === 0 && end?.state.status !== 'ended') {
    runs += 1
    write({ type: 'run.started', data: { rollout: plan.id, token: runs, pid: 1 } })
    watch.comes()
    const ports = portsOf(runs <= 5 ? Math.floor(random() * 200_000) : Infinity)
    end = await execute(plan, folded, ports, deciding(ports)).catch((cause: unknown) => {
      if (cause !== gone) throw cause
      return null
    })
    watch.goes()
    watch.comes()
    if (end === null) continue
    if (!isSame(end.state, folded)) watch.violates('fold', 'the journal folds to another state')
    clockMs = Math.max(clockMs, end.nextMs ?? clockMs + hour)
  }
  const outcome = end?.state.outcome ?? null
  return { found: watch.found, outcome, events, runs, patched: watch.patched().length }
}

/** Folds so many events of a rollout over these hosts, made as they are read; gives events per second of processor time. */
export function foldSpeed(plan: PatchPlan, count: number, processorUs: () => number): number {
  const before = processorUs()
  const state = fold(plan, eventsOf(plan, count))
  if (Object.keys(state.hosts).length !== plan.hosts.length) throw new Error('hosts are lost')
  return count / ((processorUs() - before) / 1e6)
}

function* eventsOf(plan: PatchPlan, count: number): Generator<Told> {
  const rollout = plan.id
  let told = 0
  for (const { host, steps } of plan.hosts) {
    if (told >= count) return
    yield { type: 'host.started', subject: host, data: { rollout, needMs: 1 }, timeMs: told++ }
    for (const { id } of steps) {
      yield {
        type: 'step.started',
        subject: host,
        data: { rollout, step: id, resume: false },
        timeMs: told++,
      }
      const data = { rollout, step: id, outcome: 'done' as const, ms: 1, said: 'done' }
      yield { type: 'step.ended', subject: host, data, timeMs: told++ }
    }
    yield { type: 'host.ended', subject: host, data: { rollout, outcome: 'done', said: '' }, timeMs: told++ }
  }
}
