import { foundOn, type HostRule } from '../rule.ts'

/** A host is started anew, or may be. */
export const reboots: HostRule = {
  id: 'reboots',
  class: 'reboot',
  source:
    'schemas/plan.ts: reboot, and the step that does it; Debian Policy "reboot-required", dnf needs-restarting(1)',
  finds({ hosts }) {
    return hosts.flatMap(({ host, steps, reboot }) => {
      // Needed, but not done by this plan: the host goes on with the old kernel.
      if (reboot.needed === 'no' || !steps.some(({ action }) => action.kind === 'reboot')) return []
      const why = reboot.why.length === 0 ? '' : ` for ${reboot.why.join(', ')}`
      const isCertain = reboot.needed === 'yes'
      const what = `the host ${isCertain ? 'is' : 'may be'} started anew${why}`
      return [{ ...foundOn(host, 'reboot', 'runs', 'starts anew', what), isCertain }]
    })
  },
}
