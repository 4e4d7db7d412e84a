import type { Host } from '../../connect/remote.ts'
import type { HostPlan } from '../../schemas/plan.ts'
import type { Result } from '../../schemas/problem.ts'
import { type Answer, ask } from './answer.ts'
import { checkedPlanId, rpmName } from './package-pattern.ts'
import type { PendingUpgrades } from './pending.ts'
import { type Row, reading } from './reading.ts'

/** Configuration files of packages that change: those about which rpm sets a file aside, and the MD5 of each as it is. */
export type RpmConfig = {
  readonly conflicts: HostPlan['conffiles']
  readonly watched: Readonly<Record<string, string>>
}

const configLine = new RegExp(
  `^(?<name>${rpmName})\\t(?<keeps>noreplace|replace)\\t(?<digest>[0-9a-f]{32}|[0-9a-f]{64})\\t(?<path>/[^\\x00-\\x1f]+)$`,
)
const currentLine = /^(?<sha256>[0-9a-f]{64}|-)\t(?<md5>[0-9a-f]{32}|-)\t(?<path>\/[^\x00-\x1f]+)$/

/** Reads the configuration files of packages that change, after their files were gathered. Problems: `fact/*`. */
export async function dnfConfig(
  host: Host,
  pending: PendingUpgrades,
  planId: string,
): Promise<Result<RpmConfig>> {
  const lines = pending.changes.map(
    ({ name, architecture, fromArchitecture }) => `${name} ${architecture} ${fromArchitecture ?? '-'}`,
  )
  const answer = await ask(host, {
    scripts: ['dnf-config.sh'],
    args: [checkedPlanId(planId), lines.join('\n')],
    timeoutMs: 120_000,
  })
  return answer.ok ? readDnfConfig(answer.value) : answer
}

/**
 * Reads the answer of `dnf-config.sh`. A file that the admin changed and the new package brings otherwise is a conflict:
 * with noreplace rpm keeps the admin's and lays the new one beside it (.rpmnew); else, or when the package brings it no
 * more, the admin's is set aside (.rpmsave; .rpmorig when no package had it before). Problems: `fact/*`.
 */
export function readDnfConfig(answer: Answer): Result<RpmConfig> {
  const read = reading(answer)
  const recorded = new Map(read.rows('recorded', configLine).map((row) => [row.path ?? '', row]))
  const brought = new Map(read.rows('brought', configLine).map((row) => [row.path ?? '', row]))
  const current = new Map(read.rows('current', currentLine).map((row) => [row.path ?? '', row]))
  const conflicts: HostPlan['conffiles'] = []
  for (const path of [...new Set([...recorded.keys(), ...brought.keys()])].sort()) {
    const now = current.get(path)
    const [before, after] = [recorded.get(path), brought.get(path)]
    if (now === undefined)
      read.refuse({
        code: 'fact/incomplete',
        what: 'The host did not say what a configuration file holds.',
        where: `${answer.host}:${path}`,
        fix: 'Try again; if it stays so, run sha256sum on the file.',
      })
    if (now === undefined || now.sha256 === '-' || is(now, before) || is(now, after)) continue
    if (before !== undefined && before.digest === after?.digest) continue
    const name = (after ?? before)?.name ?? ''
    const aside = after?.keeps === 'noreplace' ? '.rpmnew' : before === undefined ? '.rpmorig' : '.rpmsave'
    conflicts.push({ path, package: name, aside })
  }
  const watched = [...recorded.keys()].flatMap((path) => {
    const md5 = current.get(path)?.md5
    return md5 === undefined || md5 === '-' ? [] : [[path, md5] as const]
  })
  return read.done({ conflicts, watched: Object.fromEntries(watched) })
}

// rpm of today records SHA-256; packages of long ago have MD5.
function is(now: Row, config: Row | undefined): boolean {
  return config !== undefined && (config.digest === now.sha256 || config.digest === now.md5)
}
