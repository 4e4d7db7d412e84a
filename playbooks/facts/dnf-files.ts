import type { Host } from '../../connect/remote.ts'
import { fail, type Problem, type Result } from '../../schemas/problem.ts'
import { ask, scriptText } from './answer.ts'
import { readDnfFiles } from './dnf-files-read.ts'
import { type FetchedPackages, type FetchOptions, noSpace } from './package-files.ts'
import { checkedPlanId } from './package-pattern.ts'
import type { PendingUpgrades, Upgrade } from './pending.ts'

const tenMinutesMs = 600_000
// What the rings and headers take while they are read.
const marginBytes = 64 << 20

/**
 * Gathers the .rpm files of pending upgrades in the plan's throw-away directory on the host: each has the digest of
 * `dnfPending`, a signature by a key that the host trusts, and is what its header says. An old version comes from an
 * index or the host's cache; rpm can not put one together again from its files. Problems: `dnf/old-version-missing`,
 * `dnf/fetch-failed`, `dnf/wrong-bytes`, `dnf/unsigned-package`, `host/directory-taken`, `host/no-space`, `fact/*`.
 */
export async function dnfFiles(
  host: Host,
  pending: PendingUpgrades,
  o: FetchOptions,
): Promise<Result<FetchedPackages>> {
  const without = pending.changes.filter((change) => change.from?.source === 'none')
  if (o.oldVersions !== 'go-without' && without.length > 0)
    return fail(...without.map((change) => oldMissing(host.name, change)))
  const freeBytes = pending.space.find((place) => place.path === '/var')?.freeBytes ?? 0
  const needBytes = 2 * pending.fetchBytes + marginBytes
  if (freeBytes < needBytes) return fail(noSpace(host.name, needBytes, freeBytes))

  const answer = await ask(host, {
    scripts: ['dnf-files.sh'],
    args: [
      checkedPlanId(o.planId),
      pending.changes.flatMap((change) => linesOf(change, o)).join('\n'),
      `${await scriptText('dnf-base.py')}${await scriptText('dnf-files.py')}`,
    ],
    timeoutMs: o.timeoutMs ?? tenMinutesMs,
  })
  return answer.ok ? readDnfFiles(answer.value, pending, o) : answer
}

function linesOf(change: Upgrade, o: FetchOptions): readonly string[] {
  const { name, architecture, toVersion, to, from, fromVersion, fromArchitecture } = change
  const lines = [`new fetch ${name} ${architecture} ${toVersion} ${to.sha256}`]
  if (from === null || from.source === 'none' || !o.wanted(from.sha256)) return lines
  return [...lines, `old ${from.cached ?? 'fetch'} ${name} ${fromArchitecture} ${fromVersion} ${from.sha256}`]
}

function oldMissing(host: string, change: Upgrade): Problem {
  return {
    code: 'dnf/old-version-missing',
    what: `The installed version of ${change.name} can not be fetched any more, so there would be no way back to it.`,
    where: host,
    found: `${change.name} ${change.fromVersion}: in no index and not in the host's cache`,
    fix: 'Put the old .rpm into a repository or the cache of the host (keepcache=1 keeps them), or set oldVersions: go-without in the policy; an .rpm is not repacked.',
  }
}
