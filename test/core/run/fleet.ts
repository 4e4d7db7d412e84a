import type { RunPorts } from '../../../core/run/execute.ts'
import type { StepEnd, Told } from '../../../core/run/events.ts'
import { patchSteps, waysBack } from '../../../playbooks/patch-steps.ts'
import type { Subject } from '../../../playbooks/steps/subject.ts'
import type { HostPlan, PatchPlan, Step } from '../../../schemas/plan.ts'

const digest = 'a'.repeat(64)

/** A host of a simulated fleet with one package to patch. */
export function simulatedHost(
  host: string,
  ring: 'test' | 'production',
  roles: readonly string[],
  change: Partial<Subject> = {},
): HostPlan {
  const subject: Subject = {
    rollout: 'r1',
    host,
    ring,
    roles,
    services: [],
    changes: [
      {
        name: 'openssl',
        architecture: 'amd64',
        from: { version: '1', sha256: digest, bytes: 1, source: 'repository' },
        fromVersion: '1',
        to: { version: '2', sha256: digest, bytes: 1, source: 'repository' },
        origin: 'Debian-Security',
        security: true,
        changelog: true,
        cves: [],
      },
    ],
    probes: { host: [], system: [] },
    traffic: [{ scope: 'host', hosts: ['lb'], close: ['close'], open: ['open'] }],
    databases: [],
    databasesElsewhere: [],
    snapshot: true,
    outsideSnapshot: [],
    rehearsal: 'both',
    reboot: 'when-needed',
    observeMs: 0,
    limitMs: 60_000,
    confirmMs: 60_000,
    ...change,
  }
  return {
    host,
    ring,
    roles: [...roles],
    release: 'debian 12',
    stateless: false,
    packages: [...subject.changes],
    heldBack: [],
    conffiles: [],
    watched: {},
    restarts: [],
    reboot: { needed: 'no', why: [] },
    fetchBytes: 0,
    snapshotBytes: 0,
    standbys: [],
    steps: [...patchSteps(subject)],
    back: waysBack(subject),
  }
}

/** A plan over simulated hosts; every policy can be overridden. */
export function simulatedPlan(
  hosts: readonly HostPlan[],
  waves: readonly (readonly string[])[],
  policy: Partial<PatchPlan['policy']> = {},
): PatchPlan {
  return {
    schemaVersion: 1,
    kind: 'patch',
    id: 'r1',
    estate: 'e',
    estateDigest: digest,
    system: 'erp',
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'test',
    policy: {
      failureBudget: 1,
      atOnce: 1,
      soakMs: 0,
      noticeMs: 0,
      expectedMs: 1000,
      backupMaxAgeMs: null,
      rehearsal: 'both',
      ...policy,
    },
    test: [hosts.filter((one) => one.ring === 'test').map((one) => one.host)],
    waves: waves.map((wave) => [...wave]),
    hosts: [...hosts],
    notes: [],
    problems: [],
    digest,
  }
}

/** Simulated world: a clock that moves with every step, a journal in memory, and faults by host and step. */
export function simulatedWorld(o: {
  readonly fault?: (host: string, step: Step) => StepEnd['outcome'] | undefined
  readonly events?: Told[]
  readonly dieAfter?: number
}) {
  const events: Told[] = o.events ?? [
    {
      type: 'rollout.started',
      data: { rollout: 'r1', plan: digest, system: 'erp', reason: 'test' },
      timeMs: 1_000_000,
    },
  ]
  const performed: string[] = []
  let clock = Math.max(...events.map((event) => event.timeMs))
  let appended = 0
  const ports: RunPorts = {
    now: () => clock,
    tell: async (event) => {
      if (o.dieAfter !== undefined && appended >= o.dieAfter) throw new Error('killed')
      appended += 1
      const told = { ...event, timeMs: clock }
      events.push(told)
      // As on a disk, one event takes longer than another.
      for (let turn = events.length % 5; turn > 0; turn -= 1) await Promise.resolve()
      return told
    },
    perform: async (host, step) => {
      clock += 10
      performed.push(`${host.host} ${step.id}`)
      return { outcome: o.fault?.(host.host, step) ?? 'done', ms: 10, said: step.id }
    },
    askBackup: async () => ({ timeMs: clock, said: 'simulated' }),
    mail: async () => ({ sent: true, said: 'simulated' }),
    mailTo: [],
    window: () => ({ open: true, endsMs: null }),
    stopping: () => false,
    asked: async () => [],
    leaseHeld: async () => null,
  }
  return {
    ports,
    events,
    performed,
    advance: (ms: number) => {
      clock += ms
    },
  }
}
