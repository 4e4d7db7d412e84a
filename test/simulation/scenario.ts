import type { WindowAnswer } from '../../core/gate/start.ts'
import type { HostPlan, PatchPlan } from '../../schemas/plan.ts'
import { simulatedHost, simulatedPlan } from '../core/run/fleet.ts'
import { seeded } from '../seeded.ts'

const minute = 60_000
const hour = 60 * minute

/** What one seed makes of a rollout: its plan, its window, and how likely each kind of trouble is. */
export type Scenario = {
  readonly seed: number
  readonly plan: PatchPlan
  readonly window: (startMs: number, needMs: number) => WindowAnswer
  /** Chance that a step fails, that nobody hears how it ended, that it says done and did nothing. */
  readonly fails: number
  readonly silent: number
  readonly lies: number
  /** Chance that a way back fails. */
  readonly restoreFails: number
  /** A host that never answers again once it was begun to be patched; none when null. */
  readonly lostHost: string | null
  /** Chance that a run meets the end of its controller: killed, journal broken, lease lost. */
  readonly ends: number
  /** Chance that in a run the clock jumps; that a person interrupts it; that one asks for a rollback between two runs. */
  readonly jumps: number
  readonly interrupts: number
  readonly rollbacks: number
  /** Chance that somebody writes into the database of a closed host while a step is done. */
  readonly writes: number
  /** Chances that no mail is sent, and that the backup is none, old, or of a time to come. */
  readonly mailFails: number
  readonly badBackup: number
}

/** The scenario of a seed; the same seed gives the same one. */
export function scenarioOf(seed: number): Scenario {
  const random = seeded(seed)
  const chance = (share: number) => random() < share
  const oneOf = <T>(...from: readonly [T, ...T[]]): T => from[Math.floor(random() * from.length)] ?? from[0]
  const rate = (share: number, most: number) => (chance(share) ? random() * most : 0)

  const rehearsal = oneOf('both', 'both', 'both', 'both', 'snapshot', 'packages', 'none')
  // From a row of chances of their own: seeds of rollouts without a database stay what they were.
  const ofData = seeded(seed ^ 0xd0d0)
  const hasDatabases = ofData() < 0.7
  const roles = chance(0.7) ? ['app'] : ['app', 'db']
  const shape = (ring: 'test' | 'production', name: string, role: string): HostPlan =>
    shaped(name, ring, role, {
      isIdle: chance(0.1),
      hasSnapshot: !chance(0.15),
      isStateless: chance(0.2),
      hasTraffic: !chance(0.2),
      reboots: chance(0.5),
      hasDatabase: hasDatabases && role === 'db',
      rehearsal: ring === 'test' && chance(0.05) ? 'none' : rehearsal,
    })
  const test = roles.map((role, at) => shape('test', `t${at}`, role))
  const count = 1 + Math.floor(random() * 5)
  const production = Array.from({ length: count }, (_, at) =>
    shape('production', `p${at}`, oneOf('app', 'db')),
  )
  const plan = simulatedPlan([...test, ...production], wavesOf(production, random), {
    failureBudget: oneOf(1, 1, 2, 3),
    atOnce: oneOf(1, 2, 4),
    soakMs: oneOf(0, 0, 3 * hour),
    noticeMs: oneOf(0, 0, 5 * hour),
    expectedMs: 10 * minute,
    backupMaxAgeMs: chance(0.4) ? 24 * hour : null,
    rehearsal,
  })
  if (test.length > 1 && chance(0.5)) plan.test = test.map((host) => [host.host])
  return {
    seed,
    plan,
    window: chance(0.5) ? openAlways : openings(oneOf(12, 24) * hour, oneOf(1, 2, 4) * hour),
    fails: rate(0.6, 0.06),
    silent: rate(0.5, 0.06),
    lies: rate(0.2, 0.5),
    restoreFails: rate(0.3, 0.5),
    lostHost: chance(0.05) ? oneOf('p0', 'p1', 't0') : null,
    ends: rate(0.6, 0.7),
    jumps: rate(0.3, 0.5),
    interrupts: rate(0.2, 0.5),
    rollbacks: rate(0.3, 0.6),
    writes: hasDatabases && ofData() < 0.7 ? ofData() * 0.5 : 0,
    mailFails: rate(0.3, 0.5),
    badBackup: rate(0.5, 0.5),
  }
}

function wavesOf(hosts: readonly HostPlan[], random: () => number): readonly (readonly string[])[] {
  const waves: string[][] = []
  for (const { host } of hosts) {
    if (waves.length === 0 || random() < 0.4) waves.push([host])
    else waves.at(-1)?.push(host)
  }
  return waves
}

function openAlways(): WindowAnswer {
  return { open: true, endsMs: null }
}

/** Open for so long at the beginning of every period, for work that ends before it closes. */
function openings(everyMs: number, forMs: number): Scenario['window'] {
  return (startMs, needMs) => {
    const begunMs = Math.floor(startMs / everyMs) * everyMs
    if (startMs + needMs <= begunMs + forMs) return { open: true, endsMs: begunMs + forMs }
    return { open: false, says: 'the window is shut', untilMs: begunMs + everyMs }
  }
}

type Shape = {
  readonly isIdle: boolean
  readonly hasSnapshot: boolean
  readonly isStateless: boolean
  readonly hasTraffic: boolean
  readonly reboots: boolean
  readonly hasDatabase: boolean
  readonly rehearsal: 'both' | 'snapshot' | 'packages' | 'none'
}

const made = new Map<string, HostPlan>()

/** Plans are values: hosts of the same shape are made only once for all scenarios. */
function shaped(name: string, ring: 'test' | 'production', role: string, shape: Shape): HostPlan {
  const key = JSON.stringify([name, ring, role, shape])
  const known = made.get(key)
  if (known !== undefined) return known
  const { isIdle, hasSnapshot, isStateless, hasTraffic, reboots, hasDatabase, rehearsal } = shape
  const host = simulatedHost(name, ring, [role], {
    ...(isIdle ? { changes: [] } : {}),
    ...(hasTraffic ? {} : { traffic: [] }),
    ...(hasDatabase ? { databases: [{ name: 'erp', port: 5432 }] } : {}),
    snapshot: hasSnapshot,
    reboot: reboots ? 'when-needed' : 'never',
    rehearsal,
  })
  const plan = { ...host, stateless: isStateless, ...(isIdle ? { steps: [] } : {}) }
  made.set(key, plan)
  return plan
}
