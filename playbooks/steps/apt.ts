import type { Step } from '../../schemas/plan.ts'
import { confirmed } from './confirm.ts'
import { count, etcDirectory, packageDirectory } from './package-files.ts'
import { patienceSeconds } from './patience.ts'
import { scriptText } from './script.ts'
import type { Subject } from './subject.ts'

/** Installs exactly the new versions from the files that were sent. */
export function install(subject: Subject, id: string): Step {
  const args = subject.changes.flatMap((change) => [
    `${change.name}:${change.architecture}`,
    change.to.version,
    change.to.sha256,
  ])
  return {
    id,
    does: 'apt.install',
    says: `install ${count(subject.changes.length)} from the store, no way out needed`,
    effect: 'changes',
    limitMs: subject.limitMs,
    ...confirmed(subject),
    action: {
      kind: 'script',
      script: changeScript(),
      args: [
        'install',
        packageDirectory(subject.rollout, 'new'),
        etcDirectory(subject.rollout),
        patienceSeconds(subject.limitMs),
        ...args,
      ],
    },
  }
}

/** Puts the old versions back and removes what the patch added; one whose old file nobody had (go-without) stays. */
export function downgrade(subject: Subject, id: string): Step {
  const args = subject.changes.flatMap((change) => {
    const name = `${change.name}:${change.architecture}`
    if (change.from !== null) return [name, change.from.version, change.from.sha256]
    return change.fromVersion === null ? [name, '-', '-'] : []
  })
  return {
    id,
    does: 'apt.downgrade',
    says: `put ${count(subject.changes.length)} back to the old versions, rows are kept`,
    effect: 'changes',
    limitMs: subject.limitMs,
    ...confirmed(subject),
    action: {
      kind: 'script',
      script: changeScript(),
      args: [
        'downgrade',
        packageDirectory(subject.rollout, 'old'),
        etcDirectory(subject.rollout),
        patienceSeconds(subject.limitMs),
        ...args,
      ],
    },
  }
}

function changeScript(): string {
  return `${scriptText('etc-keep.sh')}${scriptText('apt-change.sh')}`
}
