import type { PackageChange, Step } from '../../schemas/plan.ts'
import { count, etcDirectory, packageDirectory } from './package-files.ts'
import { scriptText } from './script.ts'
import type { Subject } from './subject.ts'

/** Installs exactly the new versions from the files that were sent, in one transaction. */
export function install(subject: Subject, id: string): Step {
  const args = subject.changes.flatMap((change) => [named(change), change.to.version, change.to.sha256])
  return {
    id,
    does: 'dnf.install',
    says: `install ${count(subject.changes.length)} from the store, no way out needed`,
    effect: 'changes',
    limitMs: subject.limitMs,
    action: action(subject, 'install', args),
  }
}

/** Puts the old versions back and removes what the patch added; one whose old file nobody had (go-without) stays. */
export function downgrade(subject: Subject, id: string): Step {
  const args = subject.changes.flatMap((change) => {
    if (change.from !== null) return [named(change), change.from.version, change.from.sha256]
    return change.fromVersion === null ? [named(change), '-', '-'] : []
  })
  return {
    id,
    does: 'dnf.downgrade',
    says: `put ${count(subject.changes.length)} back to the old versions, rows are kept`,
    effect: 'changes',
    limitMs: subject.limitMs,
    action: action(subject, 'downgrade', args),
  }
}

function action(subject: Subject, mode: 'install' | 'downgrade', args: readonly string[]): Step['action'] {
  const scripts = ['etc-keep.sh', '../facts/lock-holders.sh', '../facts/rpm-holds.sh', 'dnf-change.sh']
  const directory = packageDirectory(subject.rollout, mode === 'install' ? 'new' : 'old')
  const program = scriptText('dnf-change.py')
  return {
    kind: 'script',
    script: scripts.map(scriptText).join(''),
    args: [mode, directory, etcDirectory(subject.rollout), program, ...args],
  }
}

function named(change: PackageChange): string {
  return `${change.name}:${change.architecture}`
}
