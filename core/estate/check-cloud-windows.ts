import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import type { Window } from '../../schemas/window.ts'
import { durationMs } from '../duration.ts'
import { oddStart } from '../gate/clock-change.ts'
import { isTimeZone } from '../gate/wall-clock.ts'
import { longestWindow } from './check-windows.ts'
import { cloudName, hourMs } from './cloud-windows.ts'
import { complaint } from './complaint.ts'
import { resolvedWindow } from './resolve-window.ts'

/** Most hours of a maintenance window (AWS Systems Manager, CreateMaintenanceWindow: Duration, 1 to 24). */
const mostHours = 24

/** Longest name of a maintenance window or a document (AWS Systems Manager: 3 to 128 characters). */
const mostChars = 128

/** A window that AWS opens as well is one that AWS can have: nothing is rounded. */
export function* windowsFitTheCloud(loaded: LoadedEstate): Generator<Placed> {
  const { cloudWindows, systems, windows = {} } = loaded.estate
  if (cloudWindows === undefined) return
  const used = new Set(Object.values(systems).map(({ window }) => window))
  for (const [name, window] of Object.entries(windows)) {
    if (!used.has(name)) continue
    yield* hoursAreWhole(loaded, name, window)
    yield* startIsOnce(loaded, name, window)
  }
}

/** What AWS has for a system can have the name that follows from the estate. */
export function* cloudNamesFit(loaded: LoadedEstate): Generator<Placed> {
  const { cloudWindows, name: estate, systems } = loaded.estate
  if (cloudWindows === undefined) return
  for (const [system, { window }] of Object.entries(systems)) {
    const name = cloudName(estate, system)
    if (window === undefined || name.length <= mostChars) continue
    yield complaint(
      loaded,
      ['systems', system],
      {
        code: 'cloud-window-name',
        what: `The window of ${system} would be named "${name}" in AWS, and that is longer than AWS allows`,
        found: `${name.length} characters`,
        expected: `at most ${mostChars}`,
        fix: 'Choose a shorter name for the system or the estate.',
      },
      'key',
    )
  }
}

function* hoursAreWhole(loaded: LoadedEstate, name: string, { duration, cutoff }: Window): Generator<Placed> {
  const spans = [
    { key: 'duration', text: duration, mostMs: mostHours * hourMs, expected: `from 1h to ${mostHours}h` },
    // A cutoff that is too long for its window is another mistake.
    { key: 'cutoff', text: cutoff ?? '0h', mostMs: Infinity, expected: `less than ${duration}` },
  ]
  for (const { key, text, mostMs, expected } of spans) {
    const ms = durationMs(text)
    const isOfNoWindow = key === 'duration' && (ms <= 0 || ms > durationMs(longestWindow))
    if (isOfNoWindow || (ms % hourMs === 0 && ms <= mostMs)) continue
    yield complaint(loaded, ['windows', name, key], {
      code: 'cloud-window-hours',
      what: `windows.${name}.${key} is "${text}", and a maintenance window of AWS can not have that`,
      found: `"${text}"`,
      expected: `whole hours, ${expected}`,
      fix: 'Change it, or take "cloudWindows:" out of the estate; nothing is rounded.',
    })
  }
}

function* startIsOnce(loaded: LoadedEstate, name: string, window: Window): Generator<Placed> {
  const resolved = resolvedWindow(window, name, loaded.estate.timeZone)
  const { timeZone } = resolved
  const odd = isTimeZone(timeZone) ? oddStart(resolved) : null
  if (odd === null) return
  const { does } = odd
  const day = new Date(odd.wall).toISOString().slice(0, 10)
  yield complaint(loaded, ['windows', name, 'start'], {
    code: 'cloud-window-clocks',
    what: `windows.${name}.start is "${window.start}", which clocks in ${timeZone} ${does} on ${day}, and AWS does not say what it does then`,
    found: `"${window.start}"`,
    expected: 'a time that each of its days has once',
    fix: 'Choose another one, or take "cloudWindows:" out of the estate.',
  })
}

/** What AWS nudges in a window is there: the controller's own timer of `resume`. */
export function* windowsNudgeSomething(loaded: LoadedEstate): Generator<Placed> {
  const { cloudWindows, schedule = {} } = loaded.estate
  if (cloudWindows === undefined || schedule.resume?.off !== true) return
  yield complaint(loaded, ['schedule', 'resume', 'off'], {
    code: 'cloud-windows-nudge',
    what: 'Windows of AWS nudge the timer of "resume" on the controller, and this switches it off',
    fix: 'Take it out, or "cloudWindows:".',
  })
}
