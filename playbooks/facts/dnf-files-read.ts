import { sanitise } from '../../connect/text.ts'
import type { PackageFile } from '../../schemas/plan.ts'
import { fail, type Problem, type Result } from '../../schemas/problem.ts'
import type { Answer } from './answer.ts'
import type { FetchedPackage, FetchedPackages, FetchOptions, HostFile } from './package-files.ts'
import { noDirectory } from './package-files-read.ts'
import { rpmArchitecture, rpmName, rpmVersion } from './package-pattern.ts'
import type { PendingUpgrades, Upgrade } from './pending.ts'
import { reading, type Row } from './reading.ts'

const fileLine = new RegExp(
  `^(?<which>new|old) (?<name>${rpmName}) (?<architecture>${rpmArchitecture}) (?<version>${rpmVersion}) ` +
    `(?<sha256>[0-9a-f]{64}) (?<bytes>\\d+) (?<signed>signed|unsigned|bad) (?<is>itself|another) (?<path>/[\\x21-\\x7e]+)$`,
)

/** Reads the answer of `dnf-files.sh`; problems as `dnfFiles` has them. */
export function readDnfFiles(
  answer: Answer,
  pending: PendingUpgrades,
  o: FetchOptions,
): Result<FetchedPackages> {
  const { host } = answer
  const read = reading(answer)
  if (read.word('stop', /^(none|no-directory)$/) === 'no-directory') return fail(noDirectory(host, o.planId))
  const fetched = answer.sections.get('fetch')
  if (fetched !== undefined && fetched.code !== 0) return fail(notFetched(host, answer.complaints))
  for (const part of ['fetch', 'ring']) read.text(part)
  const rows = new Map(
    read.rows('files', fileLine).map((row) => [`${row.which} ${row.name} ${row.architecture}`, row]),
  )
  const packages: FetchedPackage[] = []
  const files: HostFile[] = []
  for (const change of pending.changes) {
    const to: PackageFile = {
      version: change.toVersion,
      sha256: change.to.sha256,
      bytes: change.to.bytes,
      source: 'repository',
    }
    const from = oldFile(change)
    const wanted = [
      { file: to, row: rows.get(`new ${change.name} ${change.architecture}`), needed: true },
      ...(from === null
        ? []
        : [
            {
              file: from,
              row: rows.get(`old ${change.name} ${change.fromArchitecture}`),
              needed: o.wanted(from.sha256),
            },
          ]),
    ]
    for (const { file, row, needed } of wanted) {
      const wrong = needed ? wrongFile(host, change.name, file, row) : undefined
      if (wrong !== undefined) read.refuse(wrong)
      if (row?.path !== undefined && o.wanted(file.sha256))
        files.push({ ...file, name: change.name, architecture: row.architecture ?? '', path: row.path })
    }
    const { advisories = [], cves = [] } = change.told ?? {}
    const isNew = change.fromVersion === null
    const changelog = advisories.length > 0 ? 'read' : isNew ? 'new' : 'none'
    packages.push({
      name: change.name,
      architecture: change.architecture,
      from,
      to,
      cves,
      changelog,
      conffiles: [],
    })
  }
  return read.done({ files, packages })
}

function oldFile({ from, fromVersion: version }: Upgrade): PackageFile | null {
  if (from === null || version === null || from.source === 'none') return null
  return { version, sha256: from.sha256, bytes: from.bytes, source: from.source }
}

function wrongFile(host: string, name: string, file: PackageFile, row: Row | undefined): Problem | undefined {
  if (row === undefined)
    return {
      code: 'dnf/fetch-failed',
      what: 'The packages could not be fetched on the host.',
      where: host,
      found: `no file of ${name} ${file.version}`,
      expected: `SHA-256 ${file.sha256}`,
      fix: 'Make a new plan; if it stays so, the repository and its index do not agree.',
    }
  if (row.sha256 !== file.sha256 || row.is !== 'itself')
    return {
      code: 'dnf/wrong-bytes',
      what: `The file of ${name} ${file.version} is not the one that the index names.`,
      where: host,
      found: row.is === 'itself' ? `SHA-256 ${row.sha256}` : 'another package, by its own header',
      expected: `SHA-256 ${file.sha256}`,
      fix: 'Make a new plan; if it stays so, the repository and its index do not agree, or somebody changes files on the way.',
    }
  if (row.signed !== 'signed')
    return {
      code: 'dnf/unsigned-package',
      what: `Nobody whom the host trusts has signed ${name} ${file.version}.`,
      where: host,
      found: row.signed === 'bad' ? 'a signature that does not hold, or of another key' : 'no signature',
      expected: 'a signature by a key that was imported, or that a repository names in a file (rpmkeys -K)',
      fix: 'Ask who keeps the repository; import its key with rpm --import if you trust it.',
    }
  return undefined
}

function notFetched(host: string, said: string): Problem {
  return {
    code: 'dnf/fetch-failed',
    what: 'The packages could not be fetched on the host.',
    where: host,
    found: sanitise(said.trim().slice(-400), 500),
    fix: 'Check the repositories, the proxy and the space under /var/tmp on the host, then plan again.',
  }
}
