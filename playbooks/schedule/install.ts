import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import type { ExitName } from '../../core/exit.ts'
import { fail, ok, type Result } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'
import { refuse } from '../told.ts'
import { putUnits } from './put.ts'
import { showSchedule } from './show.ts'
import { hasSystemd, systemctl, unitStates, whyNoUnits } from './systemd.ts'
import { type Standing, standingOf, unitDirectories } from './standing.ts'
import { type Wanted, wantedUnits, whyNotWork } from './wanted.ts'

// Where systemd keeps when a timer with Persistent= last started.
const stamps = '/var/lib/systemd/timers'

/** Shows units, when they start next, and how they stand on this machine; changes nothing. */
export async function show(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const wanted = wantedUnits(shell, estate)
  const standing = await standingHere(wanted)
  if (!standing.ok) return refuse(shell, standing.problems)
  const units = shell.options['units'] === true
  showSchedule(shell, { did: 'show', dryRun: false, wanted, standing: standing.value, units })
  return 'ok'
}

/** Makes the timers of this machine those of the estate. Run twice, it changes nothing the second time. */
export async function install(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const dryRun = shell.options['dry-run'] === true
  const here = dryRun ? undefined : await whyNoUnits(shell)
  if (here !== undefined) return refuse(shell, [here])
  const problems = await whyNotWork(shell, estate)
  if (problems.length > 0) return refuse(shell, problems)
  return become(shell, 'install', wantedUnits(shell, estate), dryRun)
}

/** Takes exactly those units away that were written for this estate. What they have started goes on to its end. */
export async function remove(shell: Shell, estate: ResolvedEstate): Promise<ExitName> {
  const dryRun = shell.options['dry-run'] === true
  const here = dryRun ? undefined : await whyNoUnits(shell)
  if (here !== undefined) return refuse(shell, [here])
  const { owner } = wantedUnits(shell, estate)
  return become(shell, 'remove', { jobs: [], files: {}, owner }, dryRun)
}

async function become(
  shell: Shell,
  did: 'install' | 'remove',
  wanted: Wanted,
  dryRun: boolean,
): Promise<ExitName> {
  const standing = await standingHere(wanted)
  if (!standing.ok) return refuse(shell, standing.problems)
  if (!dryRun) {
    const done = await bring(wanted, standing.value)
    if (!done.ok) return refuse(shell, done.problems)
  }
  const shown = { did, dryRun, wanted, standing: standing.value, units: false }
  if (shell.json) showSchedule(shell, shown)
  else tellChanges(shell, wanted, standing.value, dryRun)
  return 'ok'
}

async function standingHere(wanted: Wanted): Promise<Result<ReadonlyMap<string, Standing>>> {
  const standing = await standingOf(wanted.files, wanted.owner)
  if (!standing.ok || !(await hasSystemd())) return standing
  const units = namesOf(standing.value, '', ['same', 'renewed'])
  const states = await unitStates(units)
  if (!states.ok) return states
  const off = units.filter((unit) => {
    const state = states.value.get(unit)
    return state?.isRead !== true || (unit.endsWith('.timer') && !(state.isActive && state.isEnabled))
  })
  const now = [...standing.value].map(([file, state]) => {
    if (!off.includes(file)) return [file, state] as const
    return [file, state === 'same' ? 'off' : 'changed'] as const
  })
  return ok(new Map(now))
}

async function bring(wanted: Wanted, standing: ReadonlyMap<string, Standing>): Promise<Result<void>> {
  if (namesOf(standing, '', ['new', 'changed', 'renewed', 'gone', 'off']).length === 0) return ok(undefined)
  const gone = namesOf(standing, '.timer', ['gone'])
  if (gone.length > 0) {
    const off = await systemctl('disable', '--now', '--', ...gone)
    if (!off.ok) return off
    // When they last started: else timers of the same names would make up for what was due in the meantime.
    for (const timer of gone) await rm(join(stamps, `stamp-${timer}`), { force: true })
  }
  await putUnits(unitDirectories.own, wanted.files, standing)
  const read = await systemctl('daemon-reload')
  if (!read.ok) return read
  const services = namesOf(standing, '.service', ['gone'])
  // Those of which systemd keeps nothing are no failure.
  if (services.length > 0) await systemctl('reset-failed', '--', ...services)
  const timers = wanted.jobs.map(({ name }) => `${name}.timer`)
  const on = timers.length === 0 ? ok('') : await systemctl('enable', '--', ...timers)
  if (!on.ok) return on
  const moved = namesOf(standing, '.timer', ['new', 'changed', 'off'])
  const begun = moved.length === 0 ? ok('') : await systemctl('restart', '--', ...moved)
  if (!begun.ok) return begun
  return inForce(timers)
}

/** What was told is looked at again: a timer that systemd does not take is no timer. */
async function inForce(timers: readonly string[]): Promise<Result<void>> {
  const states = await unitStates(timers)
  if (!states.ok) return states
  const off = timers.filter((timer) => states.value.get(timer)?.isActive !== true)
  if (off.length === 0) return ok(undefined)
  const what = 'systemd has these timers, and does not run them.'
  return fail({
    code: 'schedule/not-running',
    what,
    found: off.join(', '),
    fix: 'See `systemctl status` of them.',
  })
}

function namesOf(
  standing: ReadonlyMap<string, Standing>,
  ending: string,
  states: readonly Standing[],
): readonly string[] {
  return [...standing]
    .filter(([file, of]) => file.endsWith(ending) && states.includes(of))
    .map(([file]) => file)
}

function tellChanges(
  shell: Shell,
  wanted: Wanted,
  standing: ReadonlyMap<string, Standing>,
  dryRun: boolean,
): void {
  const does: Readonly<Record<Standing, readonly [would: string, did: string]>> = {
    same: ['', ''],
    new: ['would write', 'wrote'],
    changed: ['would change', 'changed'],
    renewed: ['would renew', 'renewed'],
    gone: ['would remove', 'removed'],
    off: ['would start', 'started'],
  }
  for (const [file, state] of standing) {
    if (state !== 'same') shell.out(`${does[state][dryRun ? 0 : 1]} ${unitDirectories.own}/${file}`)
  }
  if ([...standing.values()].every((state) => state === 'same')) shell.out('Nothing to change.')
  else if (dryRun) shell.out('Nothing was changed.')
  if (wanted.jobs.length > 0 && !dryRun) shell.out('Next: upkeep schedule show')
}
