import type { Host } from '../../connect/ssh.ts'
import { sanitise } from '../../connect/text.ts'
import type { Problem } from '../../schemas/problem.ts'
import type { PackageDriverName } from '../../core/estate/hosts.ts'
import { type Answer, ask } from './answer.ts'
import { clockFix, mostSkewMs, skewOf, skewSaid } from './clock.ts'
import { packageArchitecture, packageName, rpmArchitecture, rpmName } from './package-pattern.ts'
import { type Reading, reading } from './reading.ts'
import { readUpdaters } from './updaters.ts'

/** One thing that was looked at: what was seen, and what to do about it where it is not right. */
export type Check = {
  readonly check: string
  readonly outcome: 'ok' | 'warn' | 'fail'
  readonly said: string
  readonly fix?: string
}

const spaceLine = /^(?<path>\/[a-z]*) +(?<free>\d+) +(?<size>\d+) +(?<freeInodes>\d+) +(?<inodes>\d+)$/
const unfinishedLine = new RegExp(
  `^(?<name>(?:${packageName}(?::${packageArchitecture})?)|${rpmName}\\.${rpmArchitecture}|\\d+)\\t(?<state>[A-Za-z ]+)$`,
)
const gibibyte = 2 ** 30
const neededTools = 'systemd-run, sha256sum, base64'

/**
 * Whether work on a host can go well: connection and root's rights, clock against the controller's `nowMs`, space and
 * inodes, systemd, tools, dpkg, automatic updaters, time zone. Always a list; what can not be read is a failed check.
 */
export async function hostHealth(
  host: Host,
  o: { readonly nowMs: () => number; readonly manager?: PackageDriverName },
): Promise<readonly Check[]> {
  const manager = o.manager ?? 'apt'
  const before = o.nowMs()
  const answer = await ask(host, {
    scripts: ['doctor.sh', 'updaters.sh'],
    args: [manager],
    timeoutMs: 60_000,
  })
  const after = o.nowMs()
  if (answer.ok) return readHealth(answer.value, { before, after }, manager)
  const plain = await host.run('id -un', { root: false, timeoutMs: 20_000 })
  const reached = plain.ok && plain.value.code === 0
  return [
    reached
      ? {
          check: 'connection',
          outcome: 'ok',
          said: `logged in as ${sanitise(plain.value.stdout.trim(), 60)}`,
        }
      : failedCheck('connection', plain.ok ? answer.problems : plain.problems),
    ...(reached ? [failedCheck('rights', answer.problems)] : []),
  ]
}

/** Reads the answer of `doctor.sh` with `updaters.sh`; times of the controller (ms) before and after the question. */
export function readHealth(
  answer: Answer,
  times: { readonly before: number; readonly after: number },
  manager: PackageDriverName = 'apt',
): readonly Check[] {
  return [
    check('rights', answer, rights),
    check('clock', answer, (read) => clock(read, times)),
    ...spaces(answer),
    check('systemd', answer, systemd),
    check('tools', answer, (read) => tools(read, manager)),
    manager === 'dnf' ? check('rpm', answer, rpm) : check('dpkg', answer, dpkg),
    updatersCheck(answer),
    check('time zone', answer, (read) => ({ said: read.word('zone', /^[A-Za-z0-9/_+-]+$/) })),
  ]
}

type Said = Omit<Check, 'check' | 'outcome'> & { readonly outcome?: Check['outcome'] }

function check(name: string, answer: Answer, judge: (read: Reading) => Said): Check {
  const read = reading(answer)
  const said = read.done({ check: name, outcome: 'ok', ...judge(read) } as const)
  return said.ok ? said.value : failedCheck(name, said.problems)
}

/** A check that failed, with what the problems say and the first advice among them. */
export function failedCheck(name: string, problems: readonly Problem[]): Check {
  const said = problems.map((problem) => [problem.what, problem.found].filter(Boolean).join(' ')).join('; ')
  const fix = problems.map((problem) => problem.fix).find((text) => text !== undefined)
  return { check: name, outcome: 'fail', said, ...(fix === undefined ? {} : { fix }) }
}

function rights(read: Reading): Said {
  const [id, sudoUser] = read.word('rights', /^\d+ [A-Za-z0-9._-]+$/).split(' ')
  if (id !== '0')
    return {
      outcome: 'fail',
      said: `works as user ${id}, not as root`,
      fix: 'Set sudo for the host in the estate.',
    }
  return { said: sudoUser === '-' ? 'root, logged in directly' : `root by sudo, from ${sudoUser}` }
}

function clock(read: Reading, times: { readonly before: number; readonly after: number }): Said {
  const skewMs = skewOf(Number(read.word('time', /^\d{12,14}$/)), times)
  const said = skewSaid(skewMs)
  const outcome = Math.abs(skewMs) > mostSkewMs ? 'fail' : Math.abs(skewMs) > 2_000 ? 'warn' : 'ok'
  return outcome === 'ok' ? { said } : { outcome, said, fix: clockFix }
}

function spaces(answer: Answer): readonly Check[] {
  const read = reading(answer)
  const rows = read.rows('space', spaceLine)
  const readable = read.done(rows)
  if (!readable.ok) return [failedCheck('space', readable.problems)]
  return rows.map(({ path = '', free, size, freeInodes, inodes }) => {
    const share = Number(free) / Number(size)
    const inodeShare = Number(inodes) === 0 ? 1 : Number(freeInodes) / Number(inodes) // btrfs counts none
    const floor = path === '/boot' ? 0.1 * gibibyte : gibibyte
    const outcome =
      Number(free) < floor / 4 || inodeShare < 0.01
        ? 'fail'
        : Number(free) < floor || share < 0.05 || inodeShare < 0.05
          ? 'warn'
          : 'ok'
    const said = `${(Number(free) / gibibyte).toFixed(1)} GiB free (${Math.floor(share * 100)} %), inodes ${Math.floor(inodeShare * 100)} % free`
    return {
      check: `space ${path}`,
      outcome,
      said,
      ...(outcome === 'ok' ? {} : { fix: `Free space or inodes under ${path}.` }),
    }
  })
}

function systemd(read: Reading): Said {
  const [first = '', state = ''] = read.word('init', /^[A-Za-z0-9._-]+ [a-z-]*$/).split(' ')
  const failed = read.rows('failed', /^(?<unit>\S+)$/).map((row) => sanitise(row.unit ?? '', 80))
  if (first !== 'systemd')
    return { outcome: 'fail', said: `process 1 is ${first}`, fix: 'Upkeep needs systemd on the host.' }
  if (state === 'running') return { said: 'running' }
  const said = failed.length > 0 ? `${state}: ${failed.join(', ')} failed` : state
  return { outcome: 'warn', said, fix: 'Look at systemctl --failed; a sick host is not started.' }
}

function tools(read: Reading, manager: PackageDriverName): Said {
  const missing = read
    .rows('tools', /^(?<tool>[a-z0-9_-]+) (?<there>yes|no)$/)
    .filter((row) => row.there === 'no')
  if (missing.length === 0)
    return { said: `${neededTools}, ${manager === 'dnf' ? 'rpm, dnf' : 'dpkg, apt'} and the rest are there` }
  return {
    outcome: 'fail',
    said: `missing: ${[...new Set(missing.map((row) => row.tool))].join(', ')}`,
    fix: 'Install them, or take the host out of patching.',
  }
}

function dpkg(read: Reading): Said {
  const rows = read.rows('unfinished', unfinishedLine)
  if (rows.length === 0) return { said: 'every package is configured' }
  return {
    outcome: 'fail',
    said: `half done: ${rows.map((row) => row.name).join(', ')}`,
    fix: 'On the host: dpkg --configure -a, then apt-get -f install.',
  }
}

function rpm(read: Reading): Said {
  const rows = read.rows('unfinished', unfinishedLine)
  if (rows.length === 0) return { said: 'every package is there once' }
  return {
    outcome: 'fail',
    said: `there twice: ${rows.map((row) => row.name).join(', ')}`,
    fix: 'On the host: dnf remove --duplicates, then dnf check.',
  }
}

function updatersCheck(answer: Answer): Check {
  const found = readUpdaters(answer)
  if (!found.ok) return failedCheck('updaters', found.problems)
  const active = found.value.units.filter((one) => one.active === 'active').map((one) => one.unit)
  if (found.value.jobs.length > 0)
    return {
      check: 'updaters',
      outcome: 'warn',
      said: `cron updates by itself: ${found.value.jobs.join(', ')}`,
      fix: 'Remove the job: Upkeep can pause timers, not cron.',
    }
  if (active.length === 0) return { check: 'updaters', outcome: 'ok', said: 'none is active' }
  return {
    check: 'updaters',
    outcome: found.value.installs ? 'warn' : 'ok',
    said: `${active.join(', ')}${found.value.installs ? ' install by themselves' : ' look for updates only'}; paused during a run`,
    ...(found.value.installs
      ? { fix: 'Nothing to do for a run; to have only tested packages, disable them.' }
      : {}),
  }
}
