import type { ResolvedHost, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { Problem } from '../../schemas/problem.ts'
import { mountOutside } from '../facts/mounts.ts'
import type { HostFacts } from './host-facts.ts'
import { uncontrolled } from './subject.ts'

/** Half of what is free must stay free under the snapshots. */
const snapshotShare = 0.5

/** Why a plan must not be carried out on a host, by its estate and what was read of it; nothing when it stays as it is. */
export function refusals(
  system: ResolvedSystem,
  host: ResolvedHost,
  facts: HostFacts | undefined,
): readonly Problem[] {
  if (facts === undefined || facts.packages.length === 0) return []
  const problems: Problem[] = []
  if (system.policy.conffiles === 'refuse' && facts.conffiles.length > 0) {
    problems.push({
      code: 'plan/conffile-conflict',
      what: 'A configuration file was changed by the admin and by the new package.',
      where: host.name,
      found: facts.conffiles.map((file) => file.path).join(', '),
      fix: 'Merge it by hand, or set patch.conffiles to "keep" in the estate.',
    })
  }
  if (system.snapshot === undefined && system.policy.snapshots === 'required') {
    problems.push({
      code: 'plan/no-snapshots',
      what: 'The estate names no snapshot driver for this system, and does not say to go without.',
      where: host.name,
      fix: 'Name one under `snapshot`, or set patch.snapshots to "go-without".',
    })
  }
  for (const role of uncontrolled(system, host)) {
    problems.push({
      code: 'plan/traffic-host',
      what: `Upkeep may change no host of this ring that controls the traffic of the role ${role}.`,
      where: host.name,
      expected: `a host with the role ${system.roles[role]?.traffic?.on ?? ''} whose package manager has a driver`,
      fix: 'Name such a host in the estate, or take `traffic` from the role.',
    })
  }
  if (facts.snapshot !== null && facts.snapshot.leftOut.length > 0) {
    problems.push({
      code: 'plan/snapshot-incomplete',
      what: 'A snapshot of this host would leave out subvolumes that lie inside it.',
      where: host.name,
      found: facts.snapshot.leftOut.join(', '),
      fix: 'Make them plain directories, or move them out of the host.',
    })
  }
  const outside = mountOutside(host.name, facts.mounts, host.outsideSnapshot)
  if (facts.snapshot !== null && outside !== undefined) problems.push(outside)
  if (facts.snapshot !== null && facts.snapshotBytes > facts.snapshot.freeBytes * snapshotShare) {
    problems.push({
      code: 'plan/snapshot-space',
      what: 'There is not enough room for the snapshot of this host.',
      where: host.name,
      found: `${facts.snapshot.freeBytes} bytes free`,
      expected: `twice the ${facts.snapshotBytes} bytes that will change`,
      fix: 'Free space where the snapshots lie.',
    })
  }
  return [...problems, ...withoutSpace(host.name, facts)]
}

/** A kernel and its initial file system, beside those that are there (bytes). */
const bootBytes = 100_000_000

/** Old and new files lie under /var while they are put in; a kernel needs room of its own. */
function withoutSpace(host: string, { packages, space, growthBytes }: HostFacts): readonly Problem[] {
  const sent = packages.reduce((sum, { to, from }) => sum + to.bytes + (from?.bytes ?? 0), 0)
  const free = (path: string) => space.find((one) => one.path === path)?.freeBytes
  const isKernel = packages.some(({ name }) => /^(linux-image|kernel)(-|$)/.test(name))
  const work = 2 * sent + growthBytes
  const needs = [
    {
      path: '/var',
      freeBytes: free('/var') ?? free('/') ?? 0,
      bytes: work,
      why: `twice the ${sent} bytes of files and ${growthBytes} bytes of growth`,
    },
    {
      path: '/boot',
      freeBytes: free('/boot') ?? free('/') ?? 0,
      bytes: isKernel ? bootBytes : 0,
      why: 'for a kernel',
    },
  ]
  return needs
    .filter(({ freeBytes, bytes }) => freeBytes < bytes)
    .map(({ path, freeBytes, bytes, why }) => ({
      code: 'plan/host-space',
      what: `There is not enough room under ${path} on this host.`,
      where: host,
      found: `${freeBytes} bytes free`,
      expected: `${bytes} bytes: ${why}`,
      fix: `Free space under ${path} on the host, then plan again.`,
    }))
}
