import type { Fence } from '../../connect/fence.ts'
import type { Host } from '../../connect/remote.ts'
import type { SnapshotDriver } from '../../connect/snapshot/driver.ts'
import type { StepContext } from '../../core/run/execute.ts'
import type { StepEnd } from '../../core/run/events.ts'
import type { HostPlan, PatchPlan, Step } from '../../schemas/plan.ts'
import type { Problem, Result } from '../../schemas/problem.ts'

/** What performing steps needs of the world. */
export type World = {
  readonly plan: PatchPlan
  readonly now: () => number
  /** What this controller shows wherever it changes something. */
  readonly fence: Fence
  readonly sleep: (ms: number) => Promise<void>
  /** The one connection to a host, made anew when it was lost. */
  readonly host: (name: string) => Promise<Result<Host>>
  /** A new login on a host besides that connection, to be closed by the caller. */
  readonly login: (name: string) => Promise<Result<Host>>
  readonly snapshots: SnapshotDriver | null
  /** What the estate as it is now would do otherwise on a host than its plan says, in words. */
  readonly wouldDiffer: (planned: HostPlan) => readonly string[]
  /** Asks one probe by name about a host; a probe of the system is asked the same way. */
  readonly probe: (host: string, name: string) => Promise<ProbeSaid>
  readonly files: {
    /** Path of a package file in the content store, hashed again. */
    readonly path: (sha256: string) => Promise<Result<string>>
    readonly putText: (text: string) => Promise<Result<string>>
    readonly getText: (sha256: string) => Promise<Result<string>>
    /** Brings a dump from a host to the controller, and gives its path there, once it is whole and on disk. */
    readonly keepDump: (host: string, path: string, dump: DumpOnHost) => Promise<Result<string>>
    /** Whether a dump that was brought to the controller is there still, all of it. */
    readonly hasDump: (dump: KeptDump) => Promise<boolean>
  }
  readonly onOutput?: (host: string, step: string, text: string) => void
}

/** A dump on a host: the name that it gets on the controller, digest, size, and how long (ms) its way may take. */
export type DumpOnHost = {
  readonly name: string
  readonly sha256: string
  readonly bytes: number
  readonly timeoutMs: number
}

/** A dump on the controller: path, size, digest. */
export type KeptDump = { readonly file: string; readonly bytes: number; readonly sha256: string }

/** What a probe answered, in a few words. */
export type ProbeSaid = {
  readonly outcome: 'good' | 'bad' | 'unknown'
  readonly ms: number
  readonly said: string
}

/** What one step gets: its host's plan, itself, and where the rollout stands. */
export type Performing = {
  readonly world: World
  readonly planned: HostPlan
  readonly step: Step
  readonly context: StepContext
}

/** A step's end without its duration, which the dispatcher measures. */
export type Ended = Omit<StepEnd, 'ms'>

/** A step that went well. */
export function done(said: string, facts?: Readonly<Record<string, unknown>>): Ended {
  return { outcome: 'done', said, ...(facts === undefined ? {} : { facts }) }
}

/** A step that did not; the first problem says why. */
export function failed(problems: readonly Problem[]): Ended {
  const [problem] = problems
  if (problem === undefined) return { outcome: 'failed', said: 'failed without saying why' }
  const found = problem.found === undefined ? '' : ` (${problem.found})`
  return { outcome: 'failed', said: `${problem.what}${found}`.slice(0, 2000), problem }
}

/** A step whose end nobody can tell yet. */
export function unknown(said: string): Ended {
  return { outcome: 'unknown', said }
}
