import type { HostPlan, PackageChange } from '../../schemas/plan.ts'
import type { Problem } from '../../schemas/problem.ts'

/**
 * Every package of a production host, old and new version, must be tested first on a host of the same role: in this
 * very plan, so that the ways back are rehearsed with the same bytes. What is not gives the problem `plan/untested`, by host and package.
 */
export function untested(hosts: readonly HostPlan[]): readonly Problem[] {
  const problems: Problem[] = []
  for (const host of hosts.filter((one) => one.ring === 'production')) {
    const peers = hosts.filter(
      (one) => one.ring === 'test' && one.roles.some((role) => host.roles.includes(role)),
    )
    const missing = host.packages.filter(
      (change) => !peers.some((peer) => peer.packages.some((tested) => isSame(tested, change))),
    )
    for (const change of missing) {
      problems.push({
        code: 'plan/untested',
        what: `${change.name} ${change.fromVersion ?? 'not installed'} -> ${change.to.version} would not be tried on a test host of the same role (${host.roles.join(', ')}) first.`,
        where: host.host,
        found: foundInTest(peers, change),
        expected: `a test host with ${change.name} ${change.fromVersion ?? 'not installed'} that takes ${change.to.version}`,
        fix: 'Bring a test host to the versions of production (`upkeep rollback`, or by hand) and plan again.',
      })
    }
  }
  return problems
}

function isSame(tested: PackageChange, wanted: PackageChange): boolean {
  return (
    tested.name === wanted.name &&
    tested.architecture === wanted.architecture &&
    tested.fromVersion === wanted.fromVersion &&
    tested.to.sha256 === wanted.to.sha256
  )
}

function foundInTest(peers: readonly HostPlan[], change: PackageChange): string {
  if (peers.length === 0) return 'no test host of these roles'
  return peers
    .map((peer) => {
      const same = peer.packages.find((one) => one.name === change.name)
      return same === undefined
        ? `${peer.host} does not change ${change.name}`
        : `${peer.host} goes ${same.fromVersion ?? 'not installed'} -> ${same.to.version}`
    })
    .join('; ')
}
