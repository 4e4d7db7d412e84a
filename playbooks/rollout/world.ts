import { setTimeout as sleep } from 'node:timers/promises'
import { readFile } from 'node:fs/promises'
import type { Fence } from '../../connect/fence.ts'
import { nspawnSnapshots } from '../../connect/snapshot/nspawn.ts'
import type { ResolvedSystem } from '../../core/estate/resolved.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { ok } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import type { World } from '../perform/context.ts'
import { hasDump, keepDump } from './keep-dump.ts'
import { askProbe } from './probe.ts'
import { whatWouldDiffer } from './replan.ts'
import type { Session } from './session.ts'

/** The snapshot driver that the estate names for a system; null when it names none. Without a fence it only looks. */
export function snapshotsOf(system: ResolvedSystem, fence?: Fence) {
  return system.snapshot === undefined ? null : nspawnSnapshots(system.snapshot, fence)
}

/** The world as steps see it: hosts over this session's connections, bytes from its store. */
export function worldOf(
  shell: Shell,
  session: Session,
  system: ResolvedSystem,
  plan: PatchPlan,
  onOutput: World['onOutput'] = () => {},
): World {
  const { store, pool } = session
  return {
    plan,
    onOutput,
    now: shell.now,
    sleep: (ms) => sleep(ms),
    host: (name) => pool.get(name),
    login: (name) => pool.login(name),
    fence: session.fence,
    snapshots: snapshotsOf(system, session.fence),
    wouldDiffer: (planned) => whatWouldDiffer(system, planned, plan.id),
    probe: (host, name) => askProbe(session, system, host, name),
    files: {
      async path(sha256) {
        const stored = await store.verify(sha256)
        return stored.ok ? ok(stored.value.path) : stored
      },
      async putText(text) {
        const content = {
          name: 'manifest',
          version: '1',
          architecture: 'all',
          source: 'offered' as const,
          fetchedAt: new Date(shell.now()).toISOString(),
        }
        const stored = await store.put(Buffer.from(text), content)
        return stored.ok ? ok(stored.value.digest) : stored
      },
      keepDump: (host, path, dump) => keepDump(session, plan.id, host, path, dump),
      hasDump,
      async getText(sha256) {
        const stored = await store.verify(sha256)
        return stored.ok ? ok(await readFile(stored.value.path, 'utf8')) : stored
      },
    },
  }
}
