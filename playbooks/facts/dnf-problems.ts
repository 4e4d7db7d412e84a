import { sanitise } from '../../connect/text.ts'
import { fail, type Problem, type Result } from '../../schemas/problem.ts'
import { directoryFull, directoryTaken } from './pending-problems.ts'
import type { Reading, Row } from './reading.ts'

const locks = /^(?<file>\/[A-Za-z0-9._/-]+)\t(?<pid>\d+)\t(?<unit>[^\t]*)\t(?<command>[^\t]*)$/
const unfinished = /^(?<name>[^\t]+)\t(?<architecture>[^\t]+)\t(?<versions>[^\t]+)$/
const insecure = /^(?<where>[^\t]+:\d+)\t(?<source>[^\t]*)\t(?<option>[^\t]+)$/
const unread = /^(?<how>unsigned|unreachable)\t(?<id>[^\t]+)\t(?<source>[^\t]*)\t(?<said>[^\t]*)$/

/** Why a host with dnf stopped reading its pending upgrades, as problems; `reason` is the word that it gave. */
export function refuseDnfStop(read: Reading, host: string, reason: string): Result<never> {
  const problems = problemsOf(read, host, reason)
  const unreadable = read.done(undefined)
  return unreadable.ok ? fail(...problems) : unreadable
}

function problemsOf(read: Reading, host: string, reason: string): readonly Problem[] {
  switch (reason) {
    case 'no-manager':
      return [noManager(host, read.text('manager'))]
    case 'locked':
      return read.rows('locks', locks).map((row) => locked(host, row))
    case 'interrupted':
      return [interrupted(host, read.rows('unfinished', unfinished))]
    case 'no-packages':
      return [noPackages(host)]
    case 'insecure':
      return read.rows('insecure', insecure).map((row) => ({
        code: 'dnf/unsigned-origin',
        what: `A repository takes what nobody has signed, or who signed is not sure: ${plain(row.option)}.`,
        where: `${host}:${plain(row.where)}`,
        found: plain(row.source),
        expected: 'gpgcheck=1, and a key from the host itself or over https',
        fix: 'Correct the option, and sign the packages or take the repository out.',
      }))
    case 'update':
      return read.rows('unread', unread).map((row) => notRead(host, row))
    case 'taken':
      return [directoryTaken(host)]
    case 'no-space':
      return [directoryFull(host)]
    default:
      read.text('read')
      return [refused(host, `stopped at: ${reason}`)]
  }
}

/** No SHA-256 of a version stands in the index that dnf has read. */
export function noDnfDigest(host: string, version: string): Problem {
  return {
    code: 'dnf/no-digest',
    what: `No index gives a SHA-256 for ${version}, so its bytes can not be pinned.`,
    where: host,
    expected: 'an index made with SHA-256 sums',
    fix: 'Ask who keeps the repository to make its index with createrepo_c --checksum sha256.',
  }
}

function notRead(host: string, row: Row): Problem {
  const source = `${plain(row.id)} (${plain(row.source)})`
  const found = plain(row.said)
  if (row.how === 'unsigned')
    return {
      code: 'dnf/unsigned-index',
      what: `The index of the repository ${source} has no signature that holds.`,
      where: host,
      found,
      expected: 'repomd.xml, signed by a key that the host trusts',
      fix: 'Ask who keeps the repository; check its key (gpgkey) and that the whole index was published.',
    }
  return {
    code: 'dnf/index-unreachable',
    what: `The index of the repository ${source} can not be read, so nobody knows what is pending.`,
    where: host,
    found,
    fix: 'Check the repository, the proxy and the way out of the host, then plan again.',
  }
}

function noManager(host: string, tools: string): Problem {
  return {
    code: 'dnf/no-manager',
    what: 'The host has no dnf 4 with its library for Python; dnf 5 and yum have no driver yet.',
    where: host,
    found: plain(tools.trim().replaceAll('\n', ', ')) || 'none that is known',
    expected: 'dnf (version 4), rpm, rpmkeys',
    fix: 'Say `packages: none` for the host in the estate; probes and windows still work for it.',
  }
}

function locked(host: string, row: Row): Problem {
  const unit = plain(row.unit)
  return {
    code: 'rpm/locked',
    what: `rpm is in use: process ${row.pid}${unit === '' ? '' : ` of ${unit}`} holds its lock.`,
    where: `${host}:${plain(row.file)}`,
    found: plain(row.command) || 'a process without a command line',
    fix: 'Wait until it has ended, then plan again; never kill rpm and never remove its lock.',
  }
}

function interrupted(host: string, rows: readonly Row[]): Problem {
  return twice(
    host,
    rows.map((row) => `${plain(row.name)}.${plain(row.architecture)} (${plain(row.versions)})`),
  )
}

/** The problem of a host on which a transaction of rpm was interrupted; `names` are what it left twice. */
export function twice(host: string, names: readonly string[]): Problem {
  return {
    code: 'rpm/interrupted',
    what: 'A transaction of rpm was interrupted; packages are there twice.',
    where: host,
    found: names.slice(0, 10).join(', ') + (names.length > 10 ? `, and ${names.length - 10} more` : ''),
    expected: 'every package installed once (kernels aside)',
    fix: 'On the host: dnf remove --duplicates, then dnf check; look why it was interrupted.',
  }
}

function noPackages(host: string): Problem {
  return {
    code: 'rpm/no-packages',
    what: 'rpm knows of no package on this host, so nobody knows what is pending.',
    where: host,
    found: 'an empty database',
    expected: 'a database in which at least rpm itself stands',
    fix: 'On the host: rpm --eval %_dbpath says where the database lies; bring it back from a backup, then rpm -qa.',
  }
}

function refused(host: string, said: string): Problem {
  return {
    code: 'dnf/refused',
    what: 'dnf can not work out an upgrade on this host.',
    where: host,
    found: plain(said.trim()),
    fix: 'Run dnf upgrade --assumeno on the host and mend what it complains of.',
  }
}

function plain(text: string | undefined): string {
  return sanitise(text ?? '', 600)
}
