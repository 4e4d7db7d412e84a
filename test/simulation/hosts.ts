import type { StepEnd } from '../../core/run/events.ts'
import type { HostPlan, Step } from '../../schemas/plan.ts'
import type { Scenario } from './scenario.ts'
import type { Watch } from './watch.ts'

/** What is true of a simulated host, whoever knows it. */
export type Truth = {
  version: 'old' | 'new' | 'mixed'
  snapshot: 'old' | 'new' | 'mixed' | null
  isOpen: boolean
  /** Steps that were carried out, by id, with how they truly ended. */
  readonly units: Map<string, StepEnd['outcome']>
}

/** The hosts of a simulated fleet: they keep what was done to them when controllers come and go. */
export type Hosts = {
  readonly truthOf: (host: string) => Truth
  /** Carries a step out, or tells how it ended; gives what the controller hears. */
  readonly perform: (host: HostPlan, step: Step, resume: boolean) => StepEnd['outcome']
}

/** Hosts as they are before a rollout; troubles are drawn by the chances of the scenario that holds then. */
export function newHosts(scenario: () => Scenario, random: () => number, watch: Watch): Hosts {
  const all = new Map<string, Truth>()

  function truthOf(host: string): Truth {
    const known = all.get(host) ?? { version: 'old', snapshot: null, isOpen: true, units: new Map() }
    all.set(host, known)
    return known
  }

  function trueEnd(truth: Truth, step: Step): StepEnd['outcome'] {
    const isRestore = step.effect === 'restores' || step.does === 'apt.downgrade'
    const fails = isRestore ? Math.max(scenario().fails, scenario().restoreFails) : scenario().fails
    if (random() < fails) {
      if (step.does.startsWith('apt.') && random() < 0.7) truth.version = 'mixed'
      if (step.effect === 'closes' && random() < 0.5) truth.isOpen = false
      return 'failed'
    }
    const lies = random() < scenario().lies
    switch (step.does) {
      case 'apt.install':
        if (!lies) truth.version = 'new'
        return 'done'
      case 'apt.downgrade':
        if (!lies) truth.version = 'old'
        return 'done'
      case 'check.patched':
        return truth.version === 'new' ? 'done' : 'failed'
      case 'manifest.compare':
        return truth.version === 'old' ? 'done' : 'failed'
      case 'check.fresh':
        return truth.version === 'old' ? 'unchanged' : 'failed'
      case 'snapshot.take':
        truth.snapshot = truth.version
        return 'done'
      case 'snapshot.restore':
        if (truth.snapshot === null) return 'failed'
        truth.version = truth.snapshot
        return 'done'
      case 'snapshot.remove':
        truth.snapshot = null
        return 'done'
      case 'traffic.close':
        truth.isOpen = false
        return 'done'
      case 'traffic.open':
        truth.isOpen = true
        return 'done'
      default:
        return 'done'
    }
  }

  return {
    truthOf,
    perform(host, step, resume) {
      const truth = truthOf(host.host)
      const known = truth.units.get(step.id)
      watch.performs(host, step, resume, truth)
      const end = known ?? trueEnd(truth, step)
      truth.units.set(step.id, end)
      const isLost = host.host === scenario().lostHost && truth.units.has('apt.install')
      return isLost || random() < scenario().silent ? 'unknown' : end
    },
  }
}
