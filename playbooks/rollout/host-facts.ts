import type { HostPool } from '../../connect/pool.ts'
import type { SnapshotDriver } from '../../connect/snapshot/driver.ts'
import type { ResolvedHost, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { Store } from '../../core/store/store.ts'
import type { HostPlan, PackageChange } from '../../schemas/plan.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import type { FetchedPackages } from '../facts/package-files.ts'
import { type Mount, mounts } from '../facts/mounts.ts'
import { cleanUpPlan, type PendingUpgrades } from '../facts/pending.ts'
import { receiveInto } from '../facts/receive-files.ts'
import type { PackageDriver } from '../packages/driver.ts'

/** What the plan needs to know of one host, after its bytes are in the store. */
export type HostFacts = Pick<
  HostPlan,
  | 'release'
  | 'packages'
  | 'heldBack'
  | 'conffiles'
  | 'watched'
  | 'restarts'
  | 'reboot'
  | 'fetchBytes'
  | 'snapshotBytes'
> & {
  /** Free bytes of the file systems below some directories, and by how much packages grow there. */
  readonly space: readonly { readonly path: string; readonly freeBytes: number }[]
  readonly growthBytes: number
  readonly snapshot: { readonly freeBytes: number; readonly leftOut: readonly string[] } | null
  /** What a snapshot of the root leaves out; read where there are snapshots. */
  readonly mounts: readonly Mount[]
}

/** Where to read a host, and where its bytes go. */
export type Reading = {
  readonly system: ResolvedSystem
  readonly host: ResolvedHost
  readonly packages: PackageDriver
  readonly planId: string
  readonly pool: HostPool
  readonly store: Store
  readonly snapshots: SnapshotDriver | null
  readonly now: () => number
}

/** Reads one host in a few round trips and brings the bytes it needs into the store; it is left as it was. */
export async function readHost(o: Reading): Promise<Result<HostFacts>> {
  const host = await o.pool.get(o.host.name)
  if (!host.ok) return host
  try {
    const { policy } = o.system
    const pending = await o.packages.facts.pending(host.value, {
      only: policy.only,
      origins: policy.origins,
      holds: policy.holds,
      planId: o.planId,
    })
    if (!pending.ok) return pending
    const digests = pending.value.changes.flatMap(({ to, from }) =>
      from === null || from.source === 'none' ? [to.sha256] : [to.sha256, from.sha256],
    )
    const missing = new Set(await o.store.missing(digests))
    const at = new Date(o.now()).toISOString()
    // What is here already would else expire by the day of an older plan, before this one has begun.
    const noted = await o.store.planned(
      digests.filter((digest) => !missing.has(digest)),
      at,
    )
    if (!noted.ok) return noted
    const fetched = await o.packages.facts.files(host.value, pending.value, {
      planId: o.planId,
      wanted: (sha256) => missing.has(sha256),
      oldVersions: policy.oldVersions,
    })
    if (!fetched.ok) return fetched
    const received = await receiveInto(host.value, fetched.value.files, o.store, {
      fetchedAt: at,
      timeoutMs: policy.stepLimitMs,
    })
    if (!received.ok) return received
    return await judged(o, pending.value, fetched.value)
  } finally {
    await cleanUpPlan(host.value, o.planId)
  }
}

async function judged(
  o: Reading,
  pending: PendingUpgrades,
  fetched: FetchedPackages,
): Promise<Result<HostFacts>> {
  const host = await o.pool.get(o.host.name)
  if (!host.ok) return host
  const files = await o.packages.facts.configFiles(host.value, pending, fetched, o.planId)
  if (!files.ok) return files
  const restarts = await o.packages.facts.restarts(host.value, pending)
  if (!restarts.ok) return restarts
  const snapshot = o.snapshots === null ? null : await o.snapshots.inspect(o.host.name)
  if (snapshot !== null && !snapshot.ok) return snapshot
  const outside = o.snapshots === null ? ok([]) : await mounts(host.value)
  if (!outside.ok) return outside
  return ok({
    release: pending.release,
    packages: pending.changes.map((change) => changeOf(change, fetched)),
    heldBack: pending.keptBack.map(({ name, why }) => ({ name, why })),
    conffiles: files.value.conflicts,
    watched: files.value.watched,
    restarts: restarts.value.restarts.map(({ unit, because }) => ({ unit, because: [...because] })),
    reboot: { needed: restarts.value.reboot.needed, why: [...restarts.value.reboot.why] },
    fetchBytes: fetched.files.reduce((sum, file) => sum + file.bytes, 0),
    snapshotBytes: snapshotForecast(pending),
    space: pending.space.map(({ path, freeBytes }) => ({ path, freeBytes })),
    growthBytes: pending.changes.reduce(
      (sum, { installedKiB: { before, after } }) => sum + 1024 * Math.max(0, after - before),
      0,
    ),
    snapshot: snapshot === null ? null : snapshot.value,
    mounts: outside.value,
  })
}

function changeOf(change: PendingUpgrades['changes'][number], fetched: FetchedPackages): PackageChange {
  const files = fetched.packages.find(
    (one) => one.name === change.name && one.architecture === change.architecture,
  )
  const { name, architecture, fromVersion, toVersion, to, origin, security } = change
  return {
    name,
    architecture,
    from: files?.from ?? null,
    fromVersion,
    to: files?.to ?? { version: toVersion, sha256: to.sha256, bytes: to.bytes, source: 'repository' },
    origin,
    security,
    changelog: files !== undefined && files.changelog !== 'none',
    cves: [...(files?.cves ?? [])],
    ...(change.told === undefined ? {} : { advisories: [...change.told.advisories] }),
  }
}

/** Old blocks stay in the snapshot and new ones come beside it: both installed sizes, and the files while they lie there. */
function snapshotForecast(pending: PendingUpgrades): number {
  return pending.changes.reduce(
    (sum, { installedKiB, to }) => sum + 1024 * (installedKiB.before + installedKiB.after) + 2 * to.bytes,
    0,
  )
}
