import type { LoadedEstate } from '../../schemas/load.ts'
import { didYouMean } from '../../schemas/nearest.ts'
import type { Placed } from '../../schemas/placed.ts'
import { pathText } from '../../schemas/shown.ts'
import type { Path } from '../../schemas/source.ts'
import type { Freeze } from '../../schemas/window.ts'
import { durationMs, durationText } from '../duration.ts'
import { isTimeZone } from '../gate/wall-clock.ts'
import { complaint, listed } from './complaint.ts'
import { freezeWalls } from './freeze.ts'
import { hasDriver } from './hosts.ts'
import { policyOf, policyPath } from './policy.ts'

/** A week: a longer window would overlap its own next opening. */
export const longestWindow = '7d'

/** Every time zone is one of the IANA database. */
export function* zonesExist(loaded: LoadedEstate): Generator<Placed> {
  const { timeZone, windows = {}, freezes = [], schedule = {} } = loaded.estate
  const written: readonly { readonly path: Path; readonly zone: string | undefined }[] = [
    { path: ['timeZone'], zone: timeZone },
    ...Object.entries(windows).map(([name, window]) => ({
      path: ['windows', name, 'timeZone'],
      zone: window.timeZone,
    })),
    ...freezes.map((freeze, index) => ({ path: ['freezes', index, 'timeZone'], zone: freeze.timeZone })),
    ...(['patrol', 'cleanup'] as const).flatMap((work) =>
      Object.entries(schedule[work] ?? {}).map(([tier, recurring]) => ({
        path: ['schedule', work, tier, 'timeZone'],
        zone: recurring.timeZone,
      })),
    ),
  ]
  for (const { path, zone } of written) {
    if (zone === undefined || isTimeZone(zone)) continue
    const what = `${pathText(path)} is ${JSON.stringify(zone)}, which is no time zone`
    const fix = didYouMean(zone, Intl.supportedValuesOf('timeZone'))
    const expected = 'an IANA zone, for example Asia/Shanghai, Europe/Berlin or UTC'
    const found = JSON.stringify(zone)
    yield complaint(loaded, path, {
      code: 'time-zone',
      what,
      found,
      expected,
      ...(fix === undefined ? {} : { fix }),
    })
  }
}

/** The dates of freezes exist, and each freeze ends after it begins. */
export function* datesExist(loaded: LoadedEstate): Generator<Placed> {
  for (const [index, freeze] of (loaded.estate.freezes ?? []).entries()) {
    const walls = freezeWalls(freeze)
    for (const key of ['from', 'to'] as const) {
      if (walls[key] === undefined) yield noSuchDate(loaded, index, freeze, key)
    }
    if (walls.from === undefined || walls.to === undefined || walls.from < walls.to) continue
    const what = `The freeze "${freeze.name}" ends before it begins`
    const said = { code: 'freeze', what, found: `from ${freeze.from} to ${freeze.to}` }
    yield complaint(loaded, ['freezes', index, 'to'], said)
  }
}

function noSuchDate(loaded: LoadedEstate, index: number, freeze: Freeze, key: 'from' | 'to'): Placed {
  const path = ['freezes', index, key]
  const what = `${pathText(path)} is "${freeze[key]}", and there is no such day or time`
  return complaint(loaded, path, { code: 'date', what, found: `"${freeze[key]}"` })
}

/** A window is no longer than a week and has a moment at which a host of each of its systems may start. */
export function* windowsAreLongEnough(loaded: LoadedEstate): Generator<Placed> {
  const { windows = {}, systems } = loaded.estate
  const sound = new Set<string>()
  for (const [name, { duration, cutoff = '0s' }] of Object.entries(windows)) {
    const lasts = durationMs(duration)
    if (lasts <= 0 || lasts > durationMs(longestWindow)) {
      const what = `windows.${name}.duration is "${duration}"`
      const expected = `more than 0s and at most ${longestWindow}`
      yield complaint(loaded, ['windows', name, 'duration'], {
        code: 'range',
        what,
        found: `"${duration}"`,
        expected,
      })
    } else if (durationMs(cutoff) >= lasts) {
      const what = `windows.${name}.cutoff is "${cutoff}", and the window lasts ${duration}: no host could ever start`
      const expected = `less than ${duration}`
      yield complaint(loaded, ['windows', name, 'cutoff'], {
        code: 'cutoff',
        what,
        found: `"${cutoff}"`,
        expected,
      })
    } else sound.add(name)
  }
  for (const [name, system] of Object.entries(systems)) {
    const window =
      system.window === undefined || !sound.has(system.window) ? undefined : windows[system.window]
    if (window === undefined) continue
    const { expected } = policyOf(loaded.estate, system)
    const needMs = 2 * durationMs(expected)
    if (needMs <= durationMs(window.duration)) continue
    const what = `The window of ${name} lasts ${window.duration}; a host needs ${durationText(needMs)} (twice the expected ${expected}: patch and way back)`
    const set = loaded.where(policyPath(loaded.estate, name, system, 'expected'))
    const fix = `Make windows.${system.window}.duration longer, or patch.expected shorter (it comes from ${set}).`
    yield complaint(loaded, ['systems', name, 'window'], { code: 'window-too-short', what, fix })
  }
}

/** Every system with a production host that is ever changed has a window. */
export function* productionHasWindows(loaded: LoadedEstate): Generator<Placed> {
  const names = Object.keys(loaded.estate.windows ?? {})
  for (const [name, { hosts, window }] of Object.entries(loaded.estate.systems)) {
    if (window !== undefined) continue
    if (!Object.values(hosts).some((host) => host.ring === 'production' && hasDriver(host))) continue
    const what = `System ${name} has production hosts and no window`
    const fix = 'Add "window:"; without one, no production host ever starts.'
    yield complaint(
      loaded,
      ['systems', name],
      { code: 'no-window', what, expected: listed(names), fix },
      'key',
    )
  }
}
