import type { Host } from '../../connect/ssh.ts'
import type { Result } from '../../schemas/problem.ts'
import { ask, scriptText } from './answer.ts'
import { checkedPlanId } from './package-pattern.ts'
import { readPending } from './pending-read.ts'
import { reading } from './reading.ts'

/** A package as dpkg has it; `status` is dpkg's abbreviation: wanted, state and error (`ii`, `hi`, `rc`, ...). */
export type InstalledPackage = {
  readonly name: string
  readonly architecture: string
  readonly version: string
  readonly status: string
  readonly installedKiB: number
  readonly source: string
  readonly sourceVersion: string
}

/** Where the bytes of the installed version are; a digest of the index stands above a file in the host's cache. */
export type OldVersion =
  | {
      readonly source: 'repository'
      readonly sha256: string
      readonly bytes: number
      readonly cached: string | null
    }
  | {
      readonly source: 'host-cache'
      readonly sha256: string
      readonly bytes: number
      readonly cached: string
    }
  | { readonly source: 'none' }

/** One package that an upgrade changes; `from*` null when it is new. `to` is what an index says that apt verified. */
export type Upgrade = {
  readonly name: string
  readonly architecture: string
  readonly fromVersion: string | null
  readonly fromArchitecture: string | null
  readonly toVersion: string
  readonly origin: string
  readonly security: boolean
  readonly to: {
    readonly sha256: string
    readonly bytes: number
    readonly file: string
    readonly uri: string
  }
  readonly from: OldVersion | null
  readonly installedKiB: { readonly before: number; readonly after: number }
  /** What the index itself tells of advisories, where it does (dnf's updateinfo); apt reads changelogs instead. */
  readonly told?: { readonly advisories: readonly string[]; readonly cves: readonly string[] }
}

/** What an upgrade would do to a host, and the host as it was seen meanwhile. */
export type PendingUpgrades = {
  readonly hostTimeMs: number
  readonly release: string
  readonly architecture: string
  readonly bootId: string
  readonly kernel: string
  readonly space: readonly { readonly path: string; readonly freeBytes: number; readonly sizeBytes: number }[]
  readonly installed: readonly InstalledPackage[]
  readonly holds: readonly string[]
  readonly changes: readonly Upgrade[]
  readonly keptBack: readonly { readonly name: string; readonly why: string }[]
  /** Bytes of new and old versions that would come from repositories. */
  readonly fetchBytes: number
}

/** Which upgrades: `origins` (label or origin) count as security too; `holds` are names or globs (`linux-*`). */
export type PendingOptions = {
  readonly only: 'security' | 'all'
  readonly origins: readonly string[]
  readonly holds: readonly string[]
  readonly planId: string
  readonly timeoutMs?: number
}

const fiveMinutesMs = 300_000

/**
 * Pending upgrades as apt sees them, dry: indexes are read into `/var/tmp/upkeep-plan-<planId>` (`cleanUpPlan` removes
 * it) and nothing else changes. No package is ever removed for another. Problems: `apt/no-manager`, `dpkg/locked`,
 * `dpkg/interrupted`, `dpkg/moving`, `apt/unsigned-origin`, `apt/index-unreachable`, `apt/refused`, `apt/no-digest`,
 * `host/directory-taken`, `host/no-space`, `fact/*`.
 */
export async function pendingUpgrades(host: Host, o: PendingOptions): Promise<Result<PendingUpgrades>> {
  const answer = await ask(host, {
    scripts: ['lock-holders.sh', 'pending-before.sh', 'pending.sh'],
    args: [
      checkedPlanId(o.planId),
      o.only,
      o.origins.join('\n'),
      o.holds.join('\n'),
      await scriptText('choose-versions.awk'),
    ],
    timeoutMs: o.timeoutMs ?? fiveMinutesMs,
  })
  return answer.ok ? readPending(answer.value) : answer
}

/** Removes the plan's throw-away directory, and those a day old that killed controllers left behind. */
export async function cleanUpPlan(host: Host, planId: string): Promise<Result<void>> {
  const answer = await ask(host, {
    scripts: ['plan-clean-up.sh'],
    args: [checkedPlanId(planId)],
    timeoutMs: 60_000,
  })
  if (!answer.ok) return answer
  const read = reading(answer.value)
  read.text('removed')
  return read.done(undefined)
}
