import type { Step } from '../../schemas/plan.ts'
import type { Subject } from './subject.ts'

/** The host still needs exactly what was planned: versions, holds, conffiles. */
export function stillAsPlanned(subject: Subject): Step {
  return {
    id: 'check.fresh',
    does: 'check.fresh',
    says: 'see that the host is as it was planned for',
    effect: 'reads',
    limitMs: subject.limitMs,
    action: { kind: 'fresh' },
  }
}

/** The host's own probes answer well. */
export function hostAnswers(subject: Subject, id: string): Step {
  return probes(subject, id, 'check.host', [...subject.probes.host], 0)
}

/** The host's and its system's probes answer well, for as long as the policy says. */
export function systemAnswers(subject: Subject, id: string, forMs: number): Step {
  const names = [...subject.probes.host, ...subject.probes.system]
  return probes(subject, id, forMs === 0 ? 'check.system' : 'check.observe', names, forMs)
}

function probes(subject: Subject, id: string, does: string, names: string[], forMs: number): Step {
  const span = forMs === 0 ? '' : `, ${Math.round(forMs / 1000)} s long`
  return {
    id,
    does,
    says: `ask ${names.length === 0 ? 'nothing: no probe is named' : names.join(', ')}${span}`,
    effect: 'reads',
    limitMs: subject.limitMs + forMs,
    action: { kind: 'check', probes: names, forMs },
  }
}

/** The planned versions are installed, services run, nothing is half configured. */
export function isPatched(subject: Subject, id: string): Step {
  return {
    id,
    does: 'check.patched',
    says: 'see that the planned versions are installed, services run and nothing is half done',
    effect: 'reads',
    limitMs: subject.limitMs,
    action: { kind: 'patched', services: [...subject.services] },
  }
}

/** Records packages, holds, units, ports and /etc as they are now: before anything changes, or when a host has ended. */
export function takeManifest(subject: Subject, id: string): Step {
  return {
    id,
    does: 'manifest.take',
    says: 'record packages, holds, units, ports and /etc by hash',
    effect: 'reads',
    limitMs: subject.limitMs,
    action: { kind: 'manifest.take' },
  }
}

/** The host is equal to what was recorded; with `proves`, that way back has now been rehearsed. */
export function equalsBefore(subject: Subject, id: string, proves?: 'snapshot' | 'packages'): Step {
  return {
    id,
    does: 'manifest.compare',
    says: 'prove that packages, holds, units, ports and /etc are equal to before',
    effect: 'reads',
    ...(proves === undefined ? {} : { proves }),
    limitMs: subject.limitMs,
    action: { kind: 'manifest.compare' },
  }
}
