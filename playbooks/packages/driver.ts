import type { Host } from '../../connect/remote.ts'
import type { HostPlan, Step } from '../../schemas/plan.ts'
import type { Problem, Result } from '../../schemas/problem.ts'
import type { Manifest } from '../facts/manifest.ts'
import type { Patched, PatchedQuestion } from '../facts/patched.ts'
import type { FetchedPackages, FetchOptions } from '../facts/package-files.ts'
import type { PendingOptions, PendingUpgrades } from '../facts/pending.ts'
import type { PredictedRestarts, StaleUnits } from '../facts/restarts.ts'
import type { Subject } from '../steps/subject.ts'

/** Configuration files of packages that change: those in conflict, and the MD5 of each, by which a later change is seen. */
export type ConfigFiles = {
  readonly conflicts: HostPlan['conffiles']
  readonly watched: HostPlan['watched']
}

/** What is asked of a host about its packages; nothing of it changes the host, but for the plan's own directory. */
export type PackageFacts = {
  readonly pending: (host: Host, o: PendingOptions) => Promise<Result<PendingUpgrades>>
  readonly files: (host: Host, pending: PendingUpgrades, o: FetchOptions) => Promise<Result<FetchedPackages>>
  readonly configFiles: (
    host: Host,
    pending: PendingUpgrades,
    fetched: FetchedPackages,
    planId: string,
  ) => Promise<Result<ConfigFiles>>
  readonly restarts: (host: Host, pending: PendingUpgrades) => Promise<Result<PredictedRestarts>>
  readonly stale: (host: Host) => Promise<Result<StaleUnits>>
  readonly manifest: (host: Host) => Promise<Result<Manifest>>
  readonly patched: (host: Host, o: PatchedQuestion) => Promise<Result<Patched>>
}

/** What changes the packages of a host, as steps. */
export type PackageSteps = {
  readonly send: (subject: Subject) => Step
  readonly install: (subject: Subject, suffix: string) => Step
  readonly downgrade: (subject: Subject, suffix: string) => Step
  readonly restartStale: (subject: Subject, id: string) => Step
  readonly remove: (subject: Subject, id: string) => Step
}

/** How packages are looked at while a plan is performed. */
export type PackageChecks = {
  /**
   * Script that looks at packages, given as `name:architecture`. Prints a line `state version` a package (`ii`: it is
   * installed whole, `hi`: it is held as well, `-`: it is not there); the line `unfinished`, then `state name` of what an
   * interrupted dpkg or rpm left half done; the line `holds`, then the names of what is held.
   */
  readonly fresh: string
  /** The problem of a host on which `fresh` found unfinished work, each as `name (state)`. */
  readonly interrupted: (host: string, work: readonly string[]) => Problem
  /** What the complaints of `facts.patched` come from, for people. */
  readonly audit: string
}

/** Commands for a person on a host that is stuck. */
export type PackageCommands = {
  /** Shows how these packages are. */
  readonly look: (names: readonly string[]) => string
  /** File in which an old package of this name and architecture lies. */
  readonly file: (name: string, architecture: string) => string
  /** Puts old packages back from their files, and removes what the patch added. */
  readonly back: (files: readonly string[], added: readonly string[]) => readonly string[]
  /** Where the scripts of these packages are seen, in words. */
  readonly scripts: (names: readonly string[]) => string
}

/** A package manager: how hosts that use it are asked, changed and checked. */
export type PackageDriver = {
  readonly facts: PackageFacts
  readonly steps: PackageSteps
  readonly checks: PackageChecks
  readonly byHand: PackageCommands
}
