import type { Step } from '../../schemas/plan.ts'
import { confirmed } from './confirm.ts'
import { etcDirectory } from './package-files.ts'
import { patienceSeconds } from './patience.ts'
import { scriptText } from './script.ts'
import type { Subject } from './subject.ts'

/** Where a host keeps what was active before its automatic updaters were paused. */
export function updatersRecord(rollout: string): string {
  return `/var/lib/upkeep/updaters-${rollout}`
}

/**
 * Restarts, once each, the services that run replaced files, and on a way back those that have read what the patch had
 * made of /etc; nothing else.
 */
export function restartStale(subject: Subject, id: string, kind: 'dpkg' | 'rpm' = 'dpkg'): Step {
  const known = kind === 'rpm' ? scriptText('../facts/packages-rpm.sh') : ''
  const script = `${known}${scriptText('../facts/service-restart.sh')}`
  return {
    id,
    does: 'service.restart',
    says: 'restart the services that still run replaced files, and only those',
    effect: 'changes',
    limitMs: subject.limitMs,
    ...confirmed(subject),
    action: { kind: 'script', script, args: ['restart', `${etcDirectory(subject.rollout)}/restart`] },
  }
}

/** Reboots when, after the restarts, something still runs replaced files or asked for a reboot. */
export function rebootWhenNeeded(subject: Subject, id: string): Step {
  return {
    id,
    does: 'host.reboot',
    says: 'reboot, if something that can not be restarted still runs replaced files',
    effect: 'changes',
    limitMs: subject.limitMs,
    ...confirmed(subject),
    action: { kind: 'reboot', only: 'when-needed' },
  }
}

/** Stops the timers of automatic updaters and records which were active. */
export function pauseUpdaters(subject: Subject, id: string): Step {
  return {
    id,
    does: 'updaters.pause',
    says: 'pause automatic updaters',
    effect: 'prepares',
    limitMs: subject.limitMs,
    action: {
      kind: 'script',
      script: scriptText('../facts/updaters-pause.sh'),
      args: [updatersRecord(subject.rollout), patienceSeconds(subject.limitMs)],
    },
  }
}

/** Puts automatic updaters back exactly as they were found. */
export function resumeUpdaters(subject: Subject, id: string): Step {
  return {
    id,
    does: 'updaters.resume',
    says: 'put automatic updaters back as they were found',
    effect: 'tidies',
    limitMs: subject.limitMs,
    action: {
      kind: 'script',
      script: scriptText('../facts/updaters-resume.sh'),
      args: [updatersRecord(subject.rollout)],
    },
  }
}
