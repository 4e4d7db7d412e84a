import type { PackageChange, Step } from '../../schemas/plan.ts'
import { guardDirectory } from './confirm.ts'
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
export function sendPackages(subject: Subject, extension: 'deb' | 'rpm'): Step {
  const pathOf = (which: 'new' | 'old', change: PackageChange) =>
    `${packageDirectory(subject.rollout, which)}/${change.name}_${change.architecture}.${extension}`
  const files = subject.changes.flatMap((change) => [
    { sha256: change.to.sha256, path: pathOf('new', change) },
    ...(change.from === null ? [] : [{ sha256: change.from.sha256, path: pathOf('old', change) }]),
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
      script: 'rm -rf -- "$@" || exit 1\nrmdir "${2%/*}" 2>/dev/null || :\n',
      args: [`/var/lib/upkeep/packages/${subject.rollout}`, guardDirectory(subject.rollout)],
    },
  }
}

/** So many packages, in words. */
export function count(packages: number): string {
  return packages === 1 ? '1 package' : `${packages} packages`
}
