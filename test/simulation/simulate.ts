import { execute, leaseLostProblem, type RunEnd } from '../../core/run/execute.ts'
import type { RolloutEvent, Told } from '../../core/run/events.ts'
import { fold } from '../../core/run/fold.ts'
import type { RolloutState } from '../../core/run/state.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { seeded } from '../seeded.ts'
import { controllerPorts, type Estate, gone } from './controller.ts'
import { hasDatabase, type Hosts, newHosts } from './hosts.ts'
import { observed, type Planted } from './observed.ts'
import { type Scenario, scenarioOf } from './scenario.ts'
import { newWatch, type Violation, type Watch } from './watch.ts'

/** What came of the rollout of one seed. */
export type Simulated = {
  readonly found: readonly Violation[]
  readonly outcome: RolloutState['outcome']
  readonly runs: number
  readonly journal: readonly Told[]
}

/** Runs in which trouble befalls controllers; those after them are left in peace, so that a rollout comes to its end. */
const troubledRuns = 6
const mostRuns = 40

/** One whole rollout, run after run until it has ended or waits for a person, watched at every event. */
export async function simulate(seed: number, planted: Planted = {}): Promise<Simulated> {
  const troubled = scenarioOf(seed)
  const calm = calmed(troubled)
  const { plan } = troubled
  const random = seeded(seed ^ 0x5eed)
  const estate: Estate = { clockMs: 1_700_000_000_000, journal: [] }
  let scenario = troubled
  const watch: Watch = newWatch(plan, troubled.window, (host) => hosts.truthOf(host))
  const hosts: Hosts = newHosts(() => scenario, random, watch)
  const data = { rollout: plan.id, plan: plan.digest, system: plan.system, reason: 'simulated' }
  note(estate, watch, { type: 'rollout.started', data })

  let end: RunEnd | null = null
  let runs = 0
  let mayAsk = true
  for (; runs < mostRuns && watch.found.length === 0; runs += 1) {
    scenario = runs < troubledRuns ? troubled : calm
    const asks = mayAsk && runs > 0 && random() < troubled.rollbacks
    if (asks && askBack(plan, estate, watch, hosts, random)) mayAsk = false
    else if (end !== null && isOver(end, scenario === calm && troubled.lostHost !== null)) break
    note(estate, watch, { type: 'run.started', data: { rollout: plan.id, token: runs + 1, pid: 1 } })

    const ports = controllerPorts(scenario, estate, hosts, watch, random)
    const controller = observed(plan, estate.journal, ports, watch, { planted, isRecounted: seed % 16 === 0 })
    end = await ended(execute(plan, fold(plan, estate.journal), planted.ports?.(ports) ?? ports, controller))
    watch.goes()
    controller.compare()
    watch.comes()
    if (end === null) continue
    if (isStalled(end)) watch.violates('stall', `waits, and for nothing: ${JSON.stringify(end.waits)}`)
    note(estate, watch, { type: 'run.ended', data: { rollout: plan.id, why: '', nextMs: end.nextMs } })
    // A timer comes at the very moment that was named; a person some time later.
    estate.clockMs = Math.max(estate.clockMs, end.nextMs ?? estate.clockMs + 3_600_000)
  }
  if (runs === mostRuns) watch.violates('stall', `not over after ${runs} runs: ${JSON.stringify(end?.waits)}`)
  return { found: watch.found, outcome: end?.state.outcome ?? null, runs, journal: estate.journal }
}

/** The end of a run; null when its controller met an end from outside. */
async function ended(run: Promise<RunEnd>): Promise<RunEnd | null> {
  try {
    return await run
  } catch (cause) {
    if (cause === gone || leaseLostProblem(cause) !== null) return null
    throw cause
  }
}

function isOver({ state, waits }: RunEnd, isLost: boolean): boolean {
  return state.status === 'ended' || (isLost && waits.some((wait) => wait.gate === 'unknown'))
}

function isStalled({ state, waits, nextMs }: RunEnd): boolean {
  if (state.status === 'ended') return false
  return waits.length === 0 || (nextMs === null && waits.every((wait) => wait.untilMs !== null))
}

/** Writes an event that comes from no controller's decision, and lets the watch know it. */
function note(estate: Estate, watch: Watch, event: RolloutEvent): void {
  const told: Told = { ...event, timeMs: estate.clockMs }
  estate.journal.push(told)
  watch.written(told)
  watch.comes()
}

/** A person asks to take some of the patched hosts back; false when there is none. */
function askBack(plan: PatchPlan, estate: Estate, watch: Watch, hosts: Hosts, random: () => number): boolean {
  const rollout = plan.id
  const patched = watch.patched()
  const snapshot = plan.hosts.find(
    (one) => patched.includes(one.host) && hasDatabase(one) && hosts.truthOf(one.host).snapshot !== null,
  )?.host
  if (snapshot !== undefined && random() < 0.5) {
    // Somebody may write on after the person agreed: then the number does not hold any more.
    hosts.truthOf(snapshot).isAgreed = random() < 0.8
    const data = { rollout, hosts: [snapshot], way: 'snapshot', reason: 'wrong totals' } as const
    note(estate, watch, {
      type: 'rollback.asked',
      data: { ...data, by: 'ada', mayLose: { 'rows.count-5432': 1 } },
    })
    return true
  }
  const asked = patched.filter((host, at) => at === 0 || random() < 0.6 || host === patched.at(-1))
  if (asked.length === 0) return false
  note(estate, watch, {
    type: 'rollback.asked',
    data: { rollout, hosts: asked, way: 'packages', reason: 'wrong totals' },
  })
  return true
}

function calmed(scenario: Scenario): Scenario {
  return { ...scenario, silent: 0, ends: 0, jumps: 0, interrupts: 0, mailFails: 0, badBackup: 0 }
}
