import { foundOn, type HostRule } from '../rule.ts'
import { compareVersions } from '../../package-version.ts'

/** A package becomes older than it is. */
export const downgrades: HostRule = {
  id: 'downgrades',
  class: 'downgrade',
  source: 'deb-version(7); rpm "rpmvercmp"; schemas/plan.ts: fromVersion and to',
  finds({ hosts }) {
    return hosts.flatMap(({ host, manager, packages }) =>
      packages.flatMap(({ name, fromVersion, to }) =>
        fromVersion !== null && compareVersions(manager ?? 'apt', to.version, fromVersion) < 0
          ? [foundOn(host, `packages[${name}]`, fromVersion, to.version, 'the package becomes older')]
          : [],
      ),
    )
  },
}
