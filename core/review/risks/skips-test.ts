import { untested } from '../../plan/evidence.ts'
import { foundOn, type HostRule } from '../rule.ts'

/** Production gets what no test host of the same role has tried, or a way back that nobody has rehearsed. */
export const skipsTest: HostRule = {
  id: 'skips-test',
  class: 'untested',
  source: 'core/plan/evidence.ts; schemas/policy.ts: rehearsal, soak',
  finds({ hosts, policy }) {
    const missing = untested(hosts).map(({ where = '', found = '', expected = '', what }) =>
      foundOn(where, 'test', expected, found, what.replace(/\.$/, '')),
    )
    const changed = hosts.filter(({ ring, packages }) => ring === 'production' && packages.length > 0)
    const blind = changed.flatMap(({ host }) => [
      ...(policy.rehearsal === 'none'
        ? [foundOn(host, 'policy.rehearsal', 'rehearsed on a test host', 'none', 'no way back is rehearsed')]
        : []),
      ...(policy.soakMs === 0
        ? [
            foundOn(
              host,
              'policy.soakMs',
              'some time',
              '0',
              'production follows test without any time between',
            ),
          ]
        : []),
    ])
    return [...missing, ...blind]
  },
}
