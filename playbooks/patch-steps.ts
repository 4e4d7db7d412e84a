import type { HostPlan, Step } from '../schemas/plan.ts'
import * as apt from './steps/apt.ts'
import * as check from './steps/check.ts'
import * as host from './steps/host.ts'
import * as rows from './steps/rows.ts'
import * as snapshot from './steps/snapshot.ts'
import type { Subject } from './steps/subject.ts'
import * as traffic from './steps/traffic.ts'

/** The way of one host through a patch rollout; on test hosts both ways back are rehearsed on the way. */
export function* patchSteps(subject: Subject): Generator<Step> {
  const rehearses = subject.ring === 'test' ? subject.rehearsal : 'none'
  yield check.stillAsPlanned(subject)
  yield check.systemAnswers(subject, 'check.before', 0)
  yield check.takeManifest(subject)
  yield apt.sendPackages(subject)
  yield host.pauseUpdaters(subject, 'updaters.pause')
  yield* traffic.close(subject)
  if (subject.snapshot) yield snapshot.take(subject)
  yield* patched(subject, '')

  if (subject.snapshot && (rehearses === 'both' || rehearses === 'snapshot')) {
    yield snapshot.restore(subject, 'snapshot.restore-rehearsal')
    yield check.hostAnswers(subject, 'check.restored-rehearsal')
    yield check.equalsBefore(subject, 'manifest.compare-snapshot', 'snapshot')
    yield host.pauseUpdaters(subject, 'updaters.pause-again')
    yield* patched(subject, '-again')
  }
  yield* traffic.open(subject)
  yield check.systemAnswers(subject, 'check.observe', subject.observeMs)

  if (rehearses === 'both' || rehearses === 'packages') {
    yield* rows.mark(subject)
    yield* traffic.close(subject, '-rehearsal')
    yield* unpatched(subject, '-rehearsal')
    yield* rows.kept(subject)
    yield check.equalsBefore(subject, 'manifest.compare-packages', 'packages')
    yield host.pauseUpdaters(subject, 'updaters.pause-finally')
    yield* patched(subject, '-finally')
    yield* traffic.open(subject, '-finally')
    yield check.systemAnswers(subject, 'check.observe-finally', subject.observeMs)
  }
  yield apt.reportConffiles(subject)
  yield host.resumeUpdaters(subject, 'updaters.resume')
  yield apt.removeFiles(subject, 'packages.remove')
  // In production it is kept beyond the rollout: what went wrong may be seen late.
  if (subject.snapshot && subject.ring === 'test') yield snapshot.remove(subject)
}

/** The ways back of one host: which one is used is decided by how far it came. */
export function waysBack(subject: Subject): HostPlan['back'] {
  const end = (prefix: string): readonly Step[] => [
    host.resumeUpdaters(subject, `${prefix}.updaters.resume`),
    apt.removeFiles(subject, `${prefix}.packages.remove`),
  ]
  return {
    untouched: [...traffic.open(subject, '-untouched'), ...end('untouched')],
    snapshot: subject.snapshot
      ? [
          snapshot.restore(subject, 'snapshot.restore-back'),
          check.hostAnswers(subject, 'check.restored-back'),
          check.equalsBefore(subject, 'manifest.compare-snapshot-back'),
          ...traffic.open(subject, '-snapshot-back'),
          check.systemAnswers(subject, 'check.after-snapshot-back', 0),
          ...end('snapshot'),
        ]
      : [],
    packages: [
      apt.sendPackages({ ...subject }),
      ...traffic.close(subject, '-packages-back'),
      ...unpatched(subject, '-packages-back'),
      check.equalsBefore(subject, 'manifest.compare-packages-back'),
      ...traffic.open(subject, '-packages-back'),
      check.systemAnswers(subject, 'check.after-packages-back', 0),
      ...end('packages'),
    ].map((step) => (step.id === 'packages.send' ? { ...step, id: 'packages.send-back' } : step)),
  }
}

function* patched(subject: Subject, suffix: string): Generator<Step> {
  yield apt.install(subject, `apt.install${suffix}`)
  yield host.restartStale(subject, `service.restart${suffix}`)
  if (subject.reboot === 'when-needed') yield host.rebootWhenNeeded(subject, `host.reboot${suffix}`)
  yield check.isPatched(subject, `check.patched${suffix}`)
  yield check.hostAnswers(subject, `check.verify${suffix}`)
}

function* unpatched(subject: Subject, suffix: string): Generator<Step> {
  // A reboot since has started them again.
  yield host.pauseUpdaters(subject, `updaters.pause-down${suffix}`)
  yield apt.downgrade(subject, `apt.downgrade${suffix}`)
  yield host.restartStale(subject, `service.restart-down${suffix}`)
  if (subject.reboot === 'when-needed') yield host.rebootWhenNeeded(subject, `host.reboot-down${suffix}`)
  yield check.hostAnswers(subject, `check.verify-down${suffix}`)
}
