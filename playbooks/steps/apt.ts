import type { PackageChange, Step } from '../../schemas/plan.ts'
import { patienceSeconds } from './patience.ts'
import { scriptText } from './script.ts'
import type { Subject } from './subject.ts'

/** Directory on the host that holds the files of a rollout. */
export function packageDirectory(rollout: string, which: 'new' | 'old'): string {
  return `/var/lib/upkeep/packages/${rollout}/${which}`
}

/** Where the host keeps /etc as it was before the rollout, for a way back long after. */
export function etcDirectory(rollout: string): string {
  return `/var/lib/upkeep/etc/${rollout}`
}

/** Sends the planned files, new and old, into a directory of the host, each checked by SHA-256 there. */
export function sendPackages(subject: Subject): Step {
  const files = subject.changes.flatMap((change) => [
    { sha256: change.to.sha256, path: pathOf(subject.rollout, 'new', change) },
    ...(change.from === null
      ? []
      : [{ sha256: change.from.sha256, path: pathOf(subject.rollout, 'old', change) }]),
  ])
  return {
    id: 'packages.send',
    does: 'packages.send',
    says: `send ${files.length} package files, new and old, and check their SHA-256 on the host`,
    effect: 'prepares',
    limitMs: subject.limitMs,
    action: { kind: 'packages.send', files },
  }
}

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
    action: {
      kind: 'script',
      script: scriptText('apt-change.sh'),
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

/** Puts the old versions back and removes what the patch added. */
export function downgrade(subject: Subject, id: string): Step {
  const args = subject.changes.flatMap((change) =>
    change.from === null
      ? [`${change.name}:${change.architecture}`, '-', '-']
      : [`${change.name}:${change.architecture}`, change.from.version, change.from.sha256],
  )
  return {
    id,
    does: 'apt.downgrade',
    says: `put ${count(subject.changes.length)} back to the old versions, rows are kept`,
    effect: 'changes',
    limitMs: subject.limitMs,
    action: {
      kind: 'script',
      script: scriptText('apt-change.sh'),
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

/** Reports which of the admin's configuration files were kept, with what differs. */
export function reportConffiles(subject: Subject): Step {
  return {
    id: 'conffiles.report',
    does: 'conffiles.report',
    says: "see which of the admin's configuration files were kept, and what the packages changed in them",
    effect: 'reads',
    limitMs: subject.limitMs,
    action: { kind: 'conffiles', since: `${etcDirectory(subject.rollout)}/before` },
  }
}

/** Removes the files of the rollout from the host. */
export function removeFiles(subject: Subject, id: string): Step {
  return {
    id,
    does: 'packages.remove',
    says: 'remove the files that were sent',
    effect: 'tidies',
    limitMs: subject.limitMs,
    action: {
      kind: 'script',
      script: 'rm -rf -- "$1"\n',
      args: [`/var/lib/upkeep/packages/${subject.rollout}`],
    },
  }
}

function pathOf(rollout: string, which: 'new' | 'old', change: PackageChange): string {
  return `${packageDirectory(rollout, which)}/${change.name}_${change.architecture}.deb`
}

function count(packages: number): string {
  return packages === 1 ? '1 package' : `${packages} packages`
}
