import { sanitise } from '../../connect/text.ts'
import { fail, type Problem, type Result } from '../../schemas/problem.ts'
import type { Reading, Row } from './reading.ts'

const locks = /^(?<file>\/[a-z/-]+)\t(?<pid>\d+)\t(?<unit>[^\t]*)\t(?<command>[^\t]*)$/
const unfinished = /^(?<state>[^\t]+)\t(?<name>[^\t]+)$/
const insecure = /^(?<where>[^\t]+:\d+)\t(?<source>[^\t]*)\t(?<option>[^\t]+)$/

/** Why the host stopped reading its pending upgrades, as problems; `reason` is the word that the script gave. */
export function refuseStop(read: Reading, host: string, reason: string): Result<never> {
  const problems = problemsOf(read, host, reason)
  const unread = read.done(undefined)
  return unread.ok ? fail(...problems) : unread
}

function problemsOf(read: Reading, host: string, reason: string): readonly Problem[] {
  switch (reason) {
    case 'no-manager':
      return [noManager(host, read.text('manager'))]
    case 'locked':
      return read.rows('locks', locks).map((row) => locked(host, row))
    case 'interrupted':
      return [interrupted(host, unfinishedWork(read.rows('unfinished', unfinished)))]
    case 'insecure':
      return read.rows('insecure', insecure).map((row) => ({
        code: 'apt/unsigned-origin',
        what: `A package source takes what nobody has signed: ${plain(row.option)}.`,
        where: `${host}:${plain(row.where)}`,
        found: plain(row.source),
        expected: 'sources whose index is signed by a key that the host trusts, and in date',
        fix: 'Remove the option, and sign the repository or take the source out.',
      }))
    case 'taken':
      return [directoryTaken(host)]
    case 'no-space':
      return [directoryFull(host)]
    case 'update':
      read.text('update')
      return []
    case 'simulation':
      return [refused(host, read.text('complaint'))]
    default:
      return [refused(host, `stopped at: ${reason}`)]
  }
}

/** Something that is not ours has the name of the plan's directory on the host. */
export function directoryTaken(host: string): Problem {
  return {
    code: 'host/directory-taken',
    what: 'The throw-away directory of the plan can not be made: something that is not ours has its name.',
    where: `${host}:/var/tmp`,
    fix: 'Look who made upkeep-plan-* in /var/tmp on the host, and remove it.',
  }
}

/** The plan's directory on the host can not be filled. */
export function directoryFull(host: string): Problem {
  return {
    code: 'host/no-space',
    what: 'The throw-away directory of the plan can not be filled.',
    where: `${host}:/var/tmp`,
    fix: 'Free space or inodes under /var/tmp on the host.',
  }
}

/** What `apt-get update` complained of, one problem a source: nobody reached it, or nobody signed it. */
export function updateProblems(host: string, log: string): readonly Problem[] {
  const lines = log.split('\n')
  const problems = new Map<string, Problem>()
  for (const line of lines) {
    const found = plain(line.replace(/^E: /, ''))
    const repository = /^E: The repository '(?<source>[^']+)' /.exec(line)?.groups?.source
    const expired = /^E: Release file for (?<source>\S+) is (?:expired|not valid yet)/.exec(line)?.groups
      ?.source
    const fetched = /^E: Failed to fetch (?<source>\S+)/.exec(line)?.groups?.source
    const unsigned = repository ?? expired
    const source = plain(unsigned ?? fetched)
    if (unsigned !== undefined)
      problems.set(source, {
        code: 'apt/unsigned-origin',
        what: `The package source ${source} has no signature that holds.`,
        where: host,
        found: [
          found,
          ...lines.filter((said) => said.startsWith(`W: GPG error: ${unsigned}:`)).map(plain),
        ].join(' '),
        expected: 'a Release file, signed by a key that the host trusts, and in date',
        fix: 'Ask who keeps the repository; check its key (Signed-By), its Valid-Until and the clock of the host.',
      })
    else if (fetched !== undefined)
      problems.set(source, {
        code: 'apt/index-unreachable',
        what: `The index ${source} can not be read, so nobody knows what is pending.`,
        where: host,
        found,
        fix: 'Check the source, the proxy and the way out of the host, then plan again.',
      })
  }
  if (problems.size > 0) return [...problems.values()]
  return [
    {
      code: 'apt/index-unreachable',
      what: 'The package indexes can not be read, so nobody knows what is pending.',
      where: host,
      found: plain(lines.filter((line) => /^(E|W|Err)\b/.test(line)).join(' ')) || plain(log.slice(-400)),
      fix: 'Run apt-get update on the host and mend what it complains of.',
    },
  ]
}

/** No SHA-256 of a version stands in an index that apt verified, or two of them do. */
export function noDigest(host: string, version: string): Problem {
  return {
    code: 'apt/no-digest',
    what: `No verified index gives a SHA-256 for ${version}, so its bytes can not be pinned.`,
    where: host,
    expected: 'one SHA-256 in the index that apt has verified',
    fix: 'Ask who keeps the repository to publish SHA-256 sums (apt-ftparchive, reprepro and aptly do).',
  }
}

/** apt speaks of an installed version that dpkg does not list. */
export function contradiction(host: string, version: string): Problem {
  return {
    code: 'fact/unreadable',
    what: 'apt and dpkg do not agree on what is installed.',
    where: host,
    found: `apt would upgrade ${version}, which dpkg does not list`,
    fix: 'Try again; if it stays so, run apt-get check on the host.',
  }
}

function noManager(host: string, tools: string): Problem {
  return {
    code: 'apt/no-manager',
    what: 'The host has no apt and dpkg, and no other package manager has a driver yet.',
    where: host,
    found: plain(tools.trim().replaceAll('\n', ', ')) || 'none that is known',
    expected: 'apt-get, apt-cache, dpkg, dpkg-query',
    fix: 'Take the host out of the system that is patched; probes and windows still work for it.',
  }
}

function locked(host: string, row: Row): Problem {
  const unit = plain(row.unit)
  return {
    code: 'dpkg/locked',
    what: `dpkg is in use: process ${row.pid}${unit === '' ? '' : ` of ${unit}`} holds its lock.`,
    where: `${host}:${plain(row.file)}`,
    found: plain(row.command) || 'a process without a command line',
    fix: 'Wait until it has ended, then plan again; never kill dpkg and never remove its lock.',
  }
}

function unfinishedWork(rows: readonly Row[]): readonly string[] {
  return rows.map((row) => `${plain(row.name)} (${plain(row.state).trim()})`)
}

/** The problem of a host whose dpkg was interrupted; `work` names what is half done. */
export function interrupted(host: string, work: readonly string[]): Problem {
  return {
    code: 'dpkg/interrupted',
    what: 'Work of dpkg was interrupted; packages are half done.',
    where: host,
    found: work.slice(0, 10).join(', ') + (work.length > 10 ? `, and ${work.length - 10} more` : ''),
    expected: 'every package installed and configured, /var/lib/dpkg/updates empty',
    fix: 'On the host: dpkg --configure -a, then apt-get -f install; look why it was interrupted.',
  }
}

function refused(host: string, said: string): Problem {
  return {
    code: 'apt/refused',
    what: 'apt can not work out an upgrade on this host.',
    where: host,
    found: plain(said.trim()),
    fix: 'Run apt-get -s upgrade on the host and mend what it complains of (apt-get -f install).',
  }
}

function plain(text: string | undefined): string {
  return sanitise(text ?? '', 600)
}
