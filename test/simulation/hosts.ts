import type { StepEnd } from '../../core/run/events.ts'
import type { HostPlan, Step } from '../../schemas/plan.ts'
import type { Scenario } from './scenario.ts'
import type { Watch } from './watch.ts'

/** What is true of a simulated host, whoever knows it. */
export type Truth = {
  version: 'old' | 'new' | 'mixed'
  snapshot: 'old' | 'new' | 'mixed' | null
  isOpen: boolean
  /** Somebody wrote into its database since the snapshot was taken; a person agreed to lose that. */
  isWritten: boolean
  isAgreed: boolean
  /** Steps that were carried out, by id, with how they truly ended. */
  readonly units: Map<string, StepEnd['outcome']>
}

/** The hosts of a simulated fleet: they keep what was done to them when controllers come and go. */
export type Hosts = {
  readonly truthOf: (host: string) => Truth
  /** Carries a step out, or tells how it ended; gives what the controller hears. */
  readonly perform: (host: HostPlan, step: Step, resume: boolean) => StepEnd['outcome']
}

function newTruth(): Truth {
  return {
    version: 'old',
    snapshot: null,
    isOpen: true,
    isWritten: false,
    isAgreed: false,
    units: new Map(),
  }
}

/** Whether a host carries a database that somebody may write into though it is closed. */
export function hasDatabase({ back }: HostPlan): boolean {
  return back.snapshot.some(({ action }) => action.kind === 'rows.count')
}

/** Whether the snapshot of a host may be put back: nothing is lost, or nobody minds. */
export function mayBeLost({ ring, stateless }: HostPlan, truth: Truth): boolean {
  return ring === 'test' || stateless || truth.isAgreed || !truth.isWritten
}

/** Hosts as they are before a rollout; troubles are drawn by the chances of the scenario that holds then. */
export function newHosts(scenario: () => Scenario, random: () => number, watch: Watch): Hosts {
  const all = new Map<string, Truth>()

  function truthOf(host: string): Truth {
    const known = all.get(host) ?? newTruth()
    all.set(host, known)
    return known
  }

  function trueEnd(host: HostPlan, truth: Truth, step: Step): StepEnd['outcome'] {
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
        truth.isWritten = false
        return 'done'
      case 'snapshot.restore':
        if (truth.snapshot === null) return 'failed'
        truth.version = truth.snapshot
        truth.isWritten = false
        return 'done'
      case 'rows.count':
        return mayBeLost(host, truth) ? 'done' : 'failed'
      case 'snapshot.remove':
        truth.snapshot = null
        return 'done'
      case 'traffic.close':
        truth.isOpen = false
        return 'done'
      case 'traffic.open':
        truth.isOpen = true
        truth.isWritten = true
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
      const isNew = known === undefined && hasDatabase(host)
      if (isNew && step.effect === 'changes' && random() < scenario().writes) truth.isWritten = true
      watch.performs(host, step, resume, truth)
      const end = known ?? trueEnd(host, truth, step)
      truth.units.set(step.id, end)
      const isLost = host.host === scenario().lostHost && truth.units.has('apt.install')
      return isLost || random() < scenario().silent ? 'unknown' : end
    },
  }
}
