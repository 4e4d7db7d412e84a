import { stat } from 'node:fs/promises'
import { local } from '../../connect/local.ts'
import { fail, ok, type Problem, type Result } from '../../schemas/problem.ts'
import type { Shell } from '../command.ts'

/** The first systemd that starts a service of one run again when that failed (`Restart=` with `Type=oneshot`). */
const oldest = 244
const limitMs = 60_000

/** What a unit is for systemd. */
export type UnitState = {
  readonly isEnabled: boolean
  readonly isActive: boolean
  /** As its file says now: an install that was broken off may have left it to be read. */
  readonly isRead: boolean
}

/** Whether systemd is process 1 of this machine. */
export async function hasSystemd(): Promise<boolean> {
  const found = await stat('/run/systemd/system').catch(() => null)
  return found?.isDirectory() === true
}

/** Why units can not be written here: `schedule/no-systemd`, `schedule/no-root`; undefined when they can. */
export async function whyNoUnits(shell: Shell): Promise<Problem | undefined> {
  if (!(await hasSystemd())) {
    const what = 'This machine is not run by systemd, so it has no timers.'
    const fix =
      'Run this on the controller; or start the commands that `upkeep schedule show --units` prints by another scheduler.'
    return { code: 'schedule/no-systemd', what, fix }
  }
  const said = await local(['systemctl', '--version'], { timeoutMs: limitMs })
  const version = Number(/^systemd (\d+)/.exec(said.stdout)?.[1])
  if (!(version >= oldest)) {
    const what = 'The systemd of this machine is older than its services need.'
    return {
      code: 'schedule/old-systemd',
      what,
      found: said.stdout.split('\n')[0] ?? '',
      expected: `${oldest} or newer`,
    }
  }
  if (shell.user === 'root') return undefined
  const what = 'Only root may change units of the machine.'
  return { code: 'schedule/no-root', what, found: shell.user, fix: 'Run it with sudo.' }
}

/** Runs `systemctl` with these words. Problem `schedule/systemctl`: what it said. */
export async function systemctl(...words: readonly string[]): Promise<Result<string>> {
  const ran = await local(['systemctl', '--no-pager', ...words], { timeoutMs: limitMs })
  if (ran.code === 0) return ok(ran.stdout)
  return fail({
    code: 'schedule/systemctl',
    what: 'systemd did not do what it was told; the same command may be run again.',
    where: `systemctl ${words.slice(0, 3).join(' ')}`,
    found: ran.timedOut ? `no answer for ${limitMs / 1000} s` : ran.stderr.trim(),
  })
}

/** What units are for systemd, by name; one that it does not know is neither enabled nor active. */
export async function unitStates(units: readonly string[]): Promise<Result<ReadonlyMap<string, UnitState>>> {
  if (units.length === 0) return ok(new Map())
  const said = await systemctl('show', '-p', 'Id,UnitFileState,ActiveState,NeedDaemonReload', '--', ...units)
  if (!said.ok) return said
  const states = said.value.split('\n\n').map((block): readonly [string, UnitState] => {
    const of = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(block)?.[1] ?? ''
    const isEnabled = of('UnitFileState') === 'enabled'
    return [
      of('Id'),
      { isEnabled, isActive: of('ActiveState') === 'active', isRead: of('NeedDaemonReload') !== 'yes' },
    ]
  })
  return ok(new Map(states))
}
