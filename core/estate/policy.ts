import type { Estate } from '../../schemas/estate.ts'
import type { PatchPolicy } from '../../schemas/policy.ts'
import type { Path } from '../../schemas/source.ts'
import type { System } from '../../schemas/system.ts'
import { durationMs } from '../duration.ts'
import type { ResolvedPolicy } from './resolved.ts'
import { criticalSoak, type FullPolicy, tierDefaults } from './tiers.ts'

/** The policy of a system: the tier's own defaults, over them the estate's `tiers:`, over them the system's `patch:`. */
export function policyOf(estate: Estate, system: System): FullPolicy {
  const { cleanup: _cleanup, ...ofTier } = estate.tiers?.[system.tier] ?? {}
  return { ...builtIn(system), ...ofTier, ...system.patch }
}

/** The same with durations in milliseconds. */
export function resolvedPolicy(policy: FullPolicy): ResolvedPolicy {
  const { soak, observe, expected, stepLimit, keepSnapshots, keepPackages, confirmWithin, ...rest } = policy
  return {
    ...rest,
    soakMs: durationMs(soak),
    observeMs: durationMs(observe),
    expectedMs: durationMs(expected),
    stepLimitMs: durationMs(stepLimit),
    keepSnapshotsMs: durationMs(keepSnapshots),
    keepPackagesMs: durationMs(keepPackages),
    confirmWithinMs: durationMs(confirmWithin),
  }
}

/** Where in the file a value of a system's policy is set; the system's tier where it is a default. */
export function policyPath(estate: Estate, name: string, system: System, key: keyof PatchPolicy): Path {
  if (system.patch?.[key] !== undefined) return ['systems', name, 'patch', key]
  if (estate.tiers?.[system.tier]?.[key] !== undefined) return ['tiers', system.tier, key]
  return ['systems', name, 'tier']
}

/** Whether a system has a module that is marked critical. */
export function isCritical(system: System): boolean {
  return Object.values(system.modules ?? {}).some(({ critical }) => critical === true)
}

function builtIn(system: System): FullPolicy {
  const { tier } = system
  const t = tierDefaults
  return {
    waves: t.waves[tier],
    atOnce: t.atOnce[tier],
    failureBudget: t.failureBudget[tier],
    soak: isCritical(system) ? criticalSoak : t.soak[tier],
    rehearsal: t.rehearsal[tier],
    reboot: t.reboot[tier],
    conffiles: t.conffiles[tier],
    only: t.only[tier],
    origins: t.origins[tier],
    holds: t.holds[tier],
    oldVersions: t.oldVersions[tier],
    snapshots: t.snapshots[tier],
    observe: t.observe[tier],
    expected: t.expected[tier],
    stepLimit: t.stepLimit[tier],
    keepSnapshots: t.keepSnapshots[tier],
    keepPackages: t.keepPackages[tier],
    confirmWithin: t.confirmWithin[tier],
  }
}
