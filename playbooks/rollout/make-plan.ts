import { join } from 'node:path'
import type { HostPool } from '../../connect/pool.ts'
import { isDriven } from '../../core/estate/hosts.ts'
import type { ResolvedEstate, ResolvedHost, ResolvedSystem } from '../../core/estate/resolved.ts'
import { untested } from '../../core/plan/evidence.ts'
import { byLevel, wavesOf, withoutDriver } from '../../core/plan/order.ts'
import { storeOpen } from '../../core/store/store.ts'
import type { HostPlan, PatchPlan } from '../../schemas/plan.ts'
import { ok, type Problem, type Result } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import { planHead } from '../plan-head.ts'
import { packagesOf } from '../packages/of-host.ts'
import { waysBack, patchSteps } from '../patch-steps.ts'
import { eachAtMost } from '../../connect/limit.ts'
import { type HostFacts, readHost } from './host-facts.ts'
import { planDigest } from './plan-file.ts'
import { rolloutId } from './rollout-id.ts'
import { refusals } from './plan-refusals.ts'
import { standbysOf, subjectOf } from './subject.ts'
import { snapshotsOf } from './world.ts'

/** Hosts that are read at the same time. */
const atOnce = 4

/**
 * Reads every host of a system, fetches the bytes into the content store, and says what a rollout would do; the hosts
 * stay as they are. What must not be done is in the plan's `problems`; a host that can not be read makes no plan.
 */
export async function makePlan(
  shell: Shell,
  estate: ResolvedEstate,
  system: ResolvedSystem,
  pool: HostPool,
): Promise<Result<PatchPlan>> {
  const store = await storeOpen(join(estate.stateDir, 'store'))
  if (!store.ok) return store
  const created = new Date(shell.now())
  const id = rolloutId(system.name, created)
  const hosts = system.hosts.filter((host) => isDriven(host))
  const notes = withoutDriver(system.hosts).map((problem) => `${problem.where}: ${problem.what}`)

  const facts = new Map<string, HostFacts>()
  const problems: Problem[] = []
  // Test hosts first, so that production asks the store for what test has brought already.
  for (const ring of ['test', 'production'] as const) {
    const read = await eachAtMost(
      atOnce,
      hosts.filter((host) => host.ring === ring),
      (host) => {
        shell.note(`reading ${host.name} (${host.connection.address}) ...`)
        return readHost({
          system,
          host,
          packages: packagesOf({ manager: host.packages }),
          planId: id,
          pool,
          store: store.value,
          snapshots: snapshotsOf(system),
          now: shell.now,
        })
      },
    )
    for (const [host, answer] of read) {
      if (answer.ok) facts.set(host.name, answer.value)
      else problems.push(...answer.problems)
    }
  }
  if (problems.length > 0) return { ok: false, problems }

  const planned = hosts.flatMap((host) => {
    const read = facts.get(host.name)
    return read === undefined ? [] : [hostPlan(system, host, read, id)]
  })
  const rings = (ring: string) => hosts.filter((host) => host.ring === ring)
  const due = (ring: string) => rings(ring).filter((host) => (facts.get(host.name)?.packages.length ?? 0) > 0)
  const plan: Omit<PatchPlan, 'digest'> = {
    ...planHead(shell, estate, system, { id, created }),
    kind: 'patch',
    policy: {
      failureBudget: system.policy.failureBudget,
      atOnce: system.policy.atOnce,
      soakMs: system.policy.soakMs,
      noticeMs: system.noticeMs,
      expectedMs: system.policy.expectedMs,
      backupMaxAgeMs: system.backup?.maxAgeMs ?? null,
      rehearsal: system.policy.rehearsal,
    },
    test: byLevel(rings('test'), system.order).map((group) => [...group]),
    waves: wavesOf(due('production'), system.order, system.policy.waves).map((wave) => [...wave]),
    hosts: planned,
    notes,
    problems: [
      ...untested(planned),
      ...hosts.flatMap((host) => refusals(system, host, facts.get(host.name))),
    ],
  }
  const settled = JSON.parse(JSON.stringify(plan)) as typeof plan
  return ok({ ...settled, digest: planDigest(settled) })
}

function hostPlan(system: ResolvedSystem, host: ResolvedHost, facts: HostFacts, id: string): HostPlan {
  const subject = subjectOf(system, host, facts.packages, id)
  return {
    host: host.name,
    ring: host.ring,
    roles: [...host.roles],
    ...(subject.manager === undefined ? {} : { manager: subject.manager }),
    release: facts.release,
    stateless: host.roles.every((role) => system.roles[role]?.stateless === true),
    packages: [...facts.packages],
    heldBack: [...facts.heldBack],
    conffiles: [...facts.conffiles],
    watched: facts.watched,
    restarts: [...facts.restarts],
    reboot: facts.reboot,
    fetchBytes: facts.fetchBytes,
    snapshotBytes: facts.snapshotBytes,
    standbys: [...standbysOf(system, host)],
    steps: facts.packages.length === 0 ? [] : [...patchSteps(subject)],
    back: facts.packages.length === 0 ? { untouched: [], snapshot: [], packages: [] } : waysBack(subject),
  }
}
