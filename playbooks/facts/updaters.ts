import type { Host } from '../../connect/ssh.ts'
import type { Result } from '../../schemas/problem.ts'
import { type Answer, ask } from './answer.ts'
import { type Reading, reading } from './reading.ts'

/** A unit that updates by itself, as systemd has it (`enabled`, `masked`, ...; `active`, `inactive`, ...). */
export type Updater = { readonly unit: string; readonly enabled: string; readonly active: string }

/** Automatic updaters of a host; `installs`: one of them is set to install, not only to look. */
export type Updaters = {
  readonly units: readonly Updater[]
  /** Cron jobs, which `updaters-pause.sh` does not stop. */
  readonly jobs: readonly string[]
  readonly installs: boolean
}

const unitLine = /^(?<unit>[a-z0-9-]+\.(?:timer|service)) (?<enabled>[a-z-]+) (?<active>[a-z-]+)$/
const jobLine = /^(?<path>\/etc\/[A-Za-z0-9/._?-]+)$/
const periodicLine = /^(?<key>[A-Za-z-]+) (?<value>.*)$/

/** Reads which automatic updaters a host has. Problems: `fact/*`. */
export async function updaters(host: Host): Promise<Result<Updaters>> {
  const answer = await ask(host, { scripts: ['updaters.sh'], timeoutMs: 60_000 })
  return answer.ok ? readUpdaters(answer.value) : answer
}

/** Reads the answer of `updaters.sh`. Problems: `fact/*`. */
export function readUpdaters(answer: Answer): Result<Updaters> {
  const read = reading(answer)
  const units = read
    .rows('units', unitLine)
    .map(({ unit = '', enabled = '', active = '' }) => ({ unit, enabled, active }))
  const jobs = read.rows('jobs', jobLine).map((row) => row.path ?? '')
  return read.done({ units, jobs, installs: installs(read, units, jobs) })
}

function installs(read: Reading, units: readonly Updater[], jobs: readonly string[]): boolean {
  const periodic = new Map(read.rows('periodic', periodicLine).map((row) => [row.key, row.value]))
  const upgrades = (periodic.get('Unattended-Upgrade') ?? '0') !== '0' && periodic.get('Enable') !== '0'
  const active = (pattern: RegExp) => units.some((one) => pattern.test(one.unit) && one.active === 'active')
  const applies = /^(yes|true|1|on)$/i.test(periodic.get('dnf-apply-updates') ?? 'no')
  // dnf-automatic.timer does what its file says; of its siblings one installs, the others only look.
  const dnf =
    active(/^(dnf-automatic-install\.timer|dnf5-automatic\.timer|yum-cron)/) ||
    (applies && active(/^dnf-automatic\.timer$/))
  // apt-daily-upgrade.timer does nothing until APT::Periodic says so, which the package unattended-upgrades does.
  return (upgrades && active(/^apt-daily-upgrade\.timer$/)) || dnf || jobs.length > 0
}
