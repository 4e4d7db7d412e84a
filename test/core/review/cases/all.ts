import type { HostPlan, PatchPlan } from '../../../../schemas/plan.ts'
import { readPreview } from '../../../../core/review/preview.ts'
import type { ResourceChange } from '../../../../core/review/resource.ts'
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
    host: name,
    ring,
    roles: ['app'],
    release: 'debian 12',
    stateless: false,
    packages: [...plainPackages],
    heldBack: [],
    conffiles: [],
    watched: {},
    restarts: [],
    reboot: { needed: 'no', why: [] },
    fetchBytes: 0,
    snapshotBytes: 0,
    standbys: [],
    steps: [...plainSteps],
    back: { untouched: [], snapshot: [], packages: [] },
  })
  return {
    schemaVersion: 1,
    kind: 'patch',
    id: 'r1',
    estate: 'e',
    estateDigest: 'a'.repeat(64),
    system: 'erp',
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'test',
    policy: {
      failureBudget: 1,
      atOnce: 1,
      soakMs: 3_600_000,
      noticeMs: 0,
      expectedMs: 1000,
      backupMaxAgeMs: null,
      rehearsal: 'both',
      ...policy,
    },
    test: [['t']],
    waves: [['p']],
    hosts: [plain('t', 'test'), { ...plain('p', 'production'), ...host }],
    notes: [],
    problems: [],
    digest: 'a'.repeat(64),
  }
}
