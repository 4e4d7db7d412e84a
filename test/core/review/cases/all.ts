import type { HostPlan, PatchPlan } from '../../../../schemas/plan.ts'
import { readPreview } from '../../../../core/review/preview.ts'
import type { ResourceChange } from '../../../../core/review/resource.ts'
import { simulatedHost, simulatedPlan } from '../../run/fleet.ts'
import { accessCases } from './access.ts'
import type { StackCase, StepJson } from './case.ts'
import { type HostCase, plainPackages, plainSteps } from './hosts.ts'
import { protectionCases } from './protection.ts'
import { storeCases } from './stores.ts'
import { watchCases } from './watch.ts'

export const stackCases: readonly StackCase[] = [
  ...storeCases,
  ...protectionCases,
  ...accessCases,
  ...watchCases,
]

/** What is read of steps, by way of the text that the engine would print. */
export function changesOf(steps: readonly StepJson[]): readonly ResourceChange[] {
  const read = readPreview('preview.json', JSON.stringify({ steps, changeSummary: { same: 1 } }))
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.value
}

/** A plan of a production host and its test host, which are the same but for what the case says. */
export function planOf({ host, policy }: HostCase): PatchPlan {
  const plain = (name: string, ring: HostPlan['ring']): HostPlan => ({
    ...simulatedHost(name, ring, ['app']),
    packages: [...plainPackages],
    steps: [...plainSteps],
    back: { untouched: [], snapshot: [], packages: [] },
  })
  const hosts = [plain('t', 'test'), { ...plain('p', 'production'), ...host }]
  return simulatedPlan(hosts, [['p']], { soakMs: 3_600_000, ...policy })
}
