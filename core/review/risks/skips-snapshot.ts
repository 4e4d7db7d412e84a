import { foundOn, type HostRule } from '../rule.ts'

/** A host is changed without a snapshot before, or with one that leaves something out. */
export const skipsSnapshot: HostRule = {
  id: 'skips-snapshot',
  class: 'no-snapshot',
  source: 'docs/decisions/snapshots.md; schemas/plan.ts: the steps snapshot.take and its mounts outside',
  finds({ hosts }) {
    return hosts.flatMap(({ host, steps }) => {
      const first = steps.findIndex(({ effect }) => effect === 'changes')
      if (first === -1) return []
      const taken = steps
        .slice(0, first)
        .flatMap(({ action }) => (action.kind === 'snapshot.take' ? [action] : []))
      if (taken.length === 0) {
        return [
          foundOn(host, 'snapshot', 'taken before the change', 'none', 'there is no snapshot to go back to'),
        ]
      }
      const outside = [...new Set(taken.flatMap((action) => action.outside ?? []))].sort()
      return outside.map((mount) =>
        foundOn(host, 'snapshot', 'the whole host', `without ${mount}`, 'the snapshot leaves something out'),
      )
    })
  },
}
