import { dayText, type Forecast, type NoForecast } from '../../core/patrol/forecast.ts'
import { aboutText } from '../../core/patrol/findings.ts'
import { items } from '../../core/patrol/limits.ts'
import type { SystemInspection } from '../patrol/inspect.ts'
import { labelled } from './wrap.ts'

/** A forecast of a day, with whose it is. */
export type Crossing = {
  readonly system: SystemInspection['system']
  readonly host: string
  readonly forecast: Extract<Forecast, { readonly state: 'crosses' }>
}

const mostLines = 20

const words: Readonly<Record<NoForecast, string>> = {
  few: 'too few days',
  step: 'changed at a stroke lately',
  flat: 'stands',
  noise: 'noise wider than the trend',
  away: 'moves away from its line',
  far: 'too far ahead',
  crossed: 'beyond its line',
}

/** Every day on which a figure crosses its line, the soonest first. */
export function crossings(systems: readonly SystemInspection[]): readonly Crossing[] {
  return systems
    .flatMap(({ system, hosts }) =>
      hosts.flatMap(({ host, forecasts }) =>
        forecasts.flatMap((forecast) => (forecast.state === 'crosses' ? [{ system, host, forecast }] : [])),
      ),
    )
    .toSorted((a, b) => a.forecast.inDays - b.forecast.inDays || (a.host < b.host ? -1 : 1))
}

/** Forecasts for people: the soonest ones, and of how many there is none, and why. */
export function forecastLines(
  systems: readonly SystemInspection[],
  nowMs: number,
  timeZone: string,
): readonly string[] {
  const found = crossings(systems)
  const lines = found
    .slice(0, mostLines)
    .flatMap(({ system, host, forecast }) =>
      labelled(
        'forecast  ',
        `${system.name} ${host}: ${forecastText(forecast, (days) => dayText(nowMs, days, timeZone))}`,
      ),
    )
  const more = found.length - mostLines
  return [
    ...lines,
    ...(more > 0 ? labelled('forecast  ', `${more} more, later`) : []),
    ...withoutForecast(systems),
  ]
}

/** "disk free / below 20 % on 2027-01-14 (2027-01-05 to 2027-02-01), 0.51 % a day". */
function forecastText(forecast: Crossing['forecast'], day: (inDays: number) => string): string {
  const { item, line, inDays, earlyDays, lateDays, perDay } = forecast
  const { unit, limit } = items[item]
  const withUnit = (value: number) => `${Number(value.toPrecision(4))}${unit === '' ? '' : ` ${unit}`}`
  const latest = lateDays === null ? 'open' : day(lateDays)
  const beyond = limit.side === 'most' ? 'above' : 'below'
  return `${aboutText(forecast)} ${beyond} ${withUnit(line)} on ${day(inDays)} (${day(earlyDays)} to ${latest}), ${withUnit(Math.abs(perDay))} a day`
}

function withoutForecast(systems: readonly SystemInspection[]): readonly string[] {
  const counts = new Map<NoForecast, number>()
  for (const { forecasts } of systems.flatMap(({ hosts }) => hosts))
    for (const one of forecasts) if (one.state === 'none') counts.set(one.why, (counts.get(one.why) ?? 0) + 1)
  if (counts.size === 0) return []
  const said = [...counts]
    .toSorted(([a, count], [b, other]) => other - count || (a < b ? -1 : 1))
    .map(([why, count]) => `${count} ${words[why]}`)
  return labelled('no forecast  ', said.join(', '))
}
