import type { CleanupPlan } from '../../schemas/cleanup-plan.ts'
import type { Problem } from '../../schemas/problem.ts'
import type { ResolvedSystem } from '../estate/resolved.ts'
import { isFor, plannedRule } from './gate.ts'

/**
 * Where a plan of clean-up says another thing than the estate does: rules, the time in quarantine, hosts and their rings.
 * A plan is a file that somebody may have written, and its own digest proves nothing about who did.
 */
export function unlikeEstate(plan: CleanupPlan, system: ResolvedSystem): readonly Problem[] {
  const { quarantineMs, rules } = system.cleanup
  const written = rules.map((rule) => plannedRule(rule, quarantineMs))
  const found: string[] = []
  if (plan.quarantineMs !== quarantineMs) found.push('the time in quarantine')
  for (const rule of plan.rules) {
    const own = written.find(({ name }) => name === rule.name)
    if (own === undefined || JSON.stringify(sorted(own)) !== JSON.stringify(sorted(rule)))
      found.push(`the rule ${rule.name}`)
  }
  for (const { host, ring, rules: names } of plan.hosts) {
    const own = system.hosts.find(({ name }) => name === host)
    if (own === undefined || own.ring !== ring) found.push(`the ring of ${host}`)
    else if (
      !names.every((name) => written.some((rule) => rule.name === name && isFor(rule, own))) ||
      !names.every((name) => plan.rules.some((rule) => rule.name === name))
    )
      found.push(`the rules of ${host}`)
  }
  if (found.length === 0) return []
  return [
    {
      code: 'plan/unlike-estate',
      what: `The plan of the clean-up says another thing than the estate about ${plan.system}; nothing was done.`,
      where: plan.id,
      found: found.slice(0, 10).join(', '),
      fix: 'Make a new plan with `upkeep cleanup plan`.',
    },
  ]
}

/** Rules of a plan that a test host of the system should carry out, and does not by this plan; with that host. */
export function leftOutOfTest(plan: CleanupPlan, system: ResolvedSystem): ReadonlyMap<string, string> {
  return new Map(
    plan.rules.flatMap((rule) => {
      const missing = system.hosts.find(
        (host) =>
          host.ring === 'test' &&
          isFor(rule, host) &&
          !plan.hosts.some((one) => one.host === host.name && one.rules.includes(rule.name)),
      )
      return missing === undefined ? [] : [[rule.name, missing.name] as const]
    }),
  )
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  )
}
