import type { Step } from '../../schemas/plan.ts'
import type { Subject } from './subject.ts'

/** Takes the host, or its whole system, out of use: one step per control of its roles. */
export function close(subject: Subject, suffix = ''): readonly Step[] {
  return subject.traffic.map((control, index) => ({
    id: `traffic.close${suffix}${index === 0 ? '' : `-also-${index}`}`,
    does: 'traffic.close',
    says:
      control.scope === 'host'
        ? `take ${subject.host} out of use on ${control.hosts.join(', ')}, wait for what is under way`
        : `close the whole system on ${control.hosts.join(', ')}: maintenance page`,
    effect: 'closes' as const,
    limitMs: subject.limitMs,
    action: {
      kind: 'traffic' as const,
      scope: control.scope,
      hosts: [...control.hosts],
      run: [...control.close],
    },
  }))
}

/** Puts the host, or its system, into use again, in the opposite order. */
export function open(subject: Subject, suffix = ''): readonly Step[] {
  return [...subject.traffic].reverse().map((control, index) => ({
    id: `traffic.open${suffix}${index === 0 ? '' : `-also-${index}`}`,
    does: 'traffic.open',
    says: control.scope === 'host' ? `put ${subject.host} into use again` : 'open the whole system again',
    effect: 'opens' as const,
    limitMs: subject.limitMs,
    action: {
      kind: 'traffic' as const,
      scope: control.scope,
      hosts: [...control.hosts],
      run: [...control.open],
    },
  }))
}
