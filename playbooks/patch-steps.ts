import type { HostPlan, Step } from '../schemas/plan.ts'
import { packagesOf } from './packages/of-host.ts'
import * as check from './steps/check.ts'
import * as host from './steps/host.ts'
import { reportConffiles } from './steps/package-files.ts'
import * as rows from './steps/rows.ts'
import * as schema from './steps/schema.ts'
import * as snapshot from './steps/snapshot.ts'
import type { Subject } from './steps/subject.ts'
import * as traffic from './steps/traffic.ts'

/** The way of one host through a patch rollout; on test hosts both ways back are rehearsed on the way. */
export function* patchSteps(subject: Subject): Generator<Step> {
  const packages = packagesOf(subject).steps
  const rehearses = subject.ring === 'test' ? subject.rehearsal : 'none'
  yield check.stillAsPlanned(subject)
  yield check.systemAnswers(subject, 'check.before', 0)
  yield check.takeManifest(subject, 'manifest.take')
  yield packages.send(subject)
  yield host.pauseUpdaters(subject, 'updaters.pause')
  yield* traffic.close(subject)
  // Before the snapshot: what is committed in between is then counted once too often, and never too seldom.
  yield* schema.take(subject)
  if (subject.snapshot) yield snapshot.take(subject)
  yield* patched(subject, '')
  if (subject.ring === 'test') yield* schema.look(subject)

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
  yield reportConffiles(subject)
  yield host.resumeUpdaters(subject, 'updaters.resume')
  yield packages.remove(subject, 'packages.remove')
  // In production it is kept beyond the rollout: what went wrong may be seen late.
  if (subject.snapshot && subject.ring === 'test') yield snapshot.remove(subject)
  // So that a way back which a person asks for later knows what somebody else has changed since.
  yield check.takeManifest(subject, 'manifest.take-patched')
}

/** The ways back of one host: which one is used is decided by how far it came. */
export function waysBack(subject: Subject): HostPlan['back'] {
  const packages = packagesOf(subject).steps
  const end = (prefix: string): readonly Step[] => [
    host.resumeUpdaters(subject, `${prefix}.updaters.resume`),
    packages.remove(subject, `${prefix}.packages.remove`),
  ]
  return {
    untouched: [...traffic.open(subject, '-untouched'), ...end('untouched')],
    snapshot: subject.snapshot
      ? [
          // Walked only where a person asked for this way: else the host is closed still, or may be in use.
          ...traffic.close(subject, '-snapshot-back'),
          ...rows.count(subject),
          ...schema.compareElsewhere(subject),
          snapshot.restore(subject, 'snapshot.restore-back'),
          check.hostAnswers(subject, 'check.restored-back'),
          check.equalsBefore(subject, 'manifest.compare-snapshot-back'),
          ...traffic.open(subject, '-snapshot-back'),
          check.systemAnswers(subject, 'check.after-snapshot-back', 0),
          ...end('snapshot'),
        ]
      : [],
    packages: [
      ...schema.compare(subject),
      check.takeManifest(subject, 'manifest.take-found'),
      packages.send(subject),
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
  const packages = packagesOf(subject).steps
  yield packages.install(subject, suffix)
  yield packages.restartStale(subject, `service.restart${suffix}`)
  yield* rebooted(subject, suffix)
  yield check.isPatched(subject, `check.patched${suffix}`)
  yield check.hostAnswers(subject, `check.verify${suffix}`)
}

function* unpatched(subject: Subject, suffix: string): Generator<Step> {
  const packages = packagesOf(subject).steps
  // A way back may begin long after they were put back.
  yield host.pauseUpdaters(subject, `updaters.pause-down${suffix}`)
  yield packages.downgrade(subject, suffix)
  yield packages.restartStale(subject, `service.restart-down${suffix}`)
  yield* rebooted(subject, `-down${suffix}`)
  yield check.hostAnswers(subject, `check.verify-down${suffix}`)
}

/** A reboot starts the updaters again, so they are paused anew before anything is looked at. */
function* rebooted(subject: Subject, suffix: string): Generator<Step> {
  if (subject.reboot !== 'when-needed') return
  yield host.rebootWhenNeeded(subject, `host.reboot${suffix}`)
  yield host.pauseUpdaters(subject, `updaters.pause-rebooted${suffix}`)
}
