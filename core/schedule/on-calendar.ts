import { weekdays } from '../../schemas/weekdays.ts'
import { wallClock, wallDay } from '../gate/wall-clock.ts'
import { dueBetween, type Schedule } from './due.ts'

/**
 * The values of `OnCalendar=` that make systemd start at just the instants of `dueBetween` from `fromMs` to `toMs`, and
 * after that at all but those of spring nights: systemd passes over a time that clocks leave out, so that each of these has a line
 * of its own, in UTC.
 */
export function onCalendar(schedule: Schedule, fromMs: number, toMs: number): readonly string[] {
  const { days, timesMs, timeZone } = schedule
  const names = weekdays.filter((day) => days.includes(day)).map((day) => day.slice(0, 3))
  const times = [...new Set(timesMs)].toSorted((a, b) => a - b)
  // All seven are left out: systemd writes them so itself.
  const on = names.length === weekdays.length ? '' : `${names.map(capital).join(',')} `
  const skipped = dueBetween(schedule, fromMs, toMs).filter(
    (ms) => !times.includes(wallClock(ms, timeZone) - wallDay(wallClock(ms, timeZone))),
  )
  return [
    ...times.map((ms) => `${on}*-*-* ${new Date(ms).toISOString().slice(11, 19)} ${timeZone}`),
    ...skipped.map((ms) => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`),
  ]
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
