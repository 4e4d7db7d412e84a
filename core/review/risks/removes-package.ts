import { foundOn, type HostRule } from '../rule.ts'

/** Steps of a package manager that take software away; `packages.remove` takes files of the rollout away. */
const removal = /^(apt|dpkg|dnf|rpm|zypper)\.(auto)?(remove|purge|erase|obsolete)$/

/** Software leaves a host: now, or when the host is taken back, for the patch has brought it. */
export const removesPackage: HostRule = {
  id: 'removes-package',
  class: 'removes',
  source: 'schemas/plan.ts: steps, and packages that were not installed; apt(8), dnf(8) "remove"',
  finds({ hosts }) {
    return hosts.flatMap(({ host, steps, packages }) => [
      ...steps
        .filter(({ does }) => removal.test(does))
        .map(({ id, says }) =>
          foundOn(host, `steps[${id}]`, 'installed', 'removed', `software leaves: ${says}`),
        ),
      ...packages
        .filter(({ fromVersion }) => fromVersion === null)
        .map(({ name, to }) => {
          const becomes = `${to.version}, removed again on the way back`
          return foundOn(
            host,
            `packages[${name}]`,
            'not installed',
            becomes,
            'a way back removes what is new',
          )
        }),
    ])
  },
}
