const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const hoursIn: Readonly<Record<string, number>> = { minute: 1 / 60, hour: 1, day: 24 }

/**
 * Whether a schedule of Systems Manager (`cron(...)`, `rate(...)`) comes at each time at which another one did, as far as that
 * shows in its fields; what is written in another manner does not.
 */
export function comesAsOften(was: string, becomes: string): boolean {
  if (was === becomes) return true
  const [from, to] = [hoursOf(was), hoursOf(becomes)]
  // The time in between counts; when the first comes is the service's.
  if (from !== undefined && to !== undefined) return to <= from
  const [before, after] = [fieldsOf(was), fieldsOf(becomes)]
  if (before === undefined || before.length !== after?.length) return false
  // The day of a week is the last field but the year.
  return before.every((field, index) => holds(after[index] ?? '', field, index === before.length - 2))
}

function hoursOf(text: string): number | undefined {
  const [, number, unit] = /^rate\(([0-9]{1,6}) (minute|hour|day)s?\)$/.exec(text) ?? []
  return unit === undefined ? undefined : Number(number) * (hoursIn[unit] ?? 1)
}

function fieldsOf(text: string): readonly string[] | undefined {
  const fields = /^cron\(([^()]{1,200})\)$/.exec(text)?.[1]?.trim().split(/ +/)
  return fields !== undefined && fields.length >= 6 && fields.length <= 7 ? fields : undefined
}

function holds(wide: string, narrow: string, isWeekday: boolean): boolean {
  if (wide === narrow || wide === '*' || wide === '?') return true
  const outer = new Set(valuesOf(wide, isWeekday))
  return valuesOf(narrow, isWeekday).every((value) => outer.has(value))
}

function valuesOf(field: string, isWeekday: boolean): readonly string[] {
  return field.split(',').flatMap((part) => each(part, isWeekday))
}

/** The values of a range; days of the week by name or number (1 is Sunday). What is neither stands for itself. */
function each(part: string, isWeekday: boolean): readonly string[] {
  const bounds = part.split('-').map((bound) => {
    const day = isWeekday ? days.indexOf(bound.toUpperCase()) : -1
    return day !== -1 ? day + 1 : /^[0-9]{1,4}$/.test(bound) ? Number(bound) : Number.NaN
  })
  const [first = Number.NaN, last = first] = bounds
  if (bounds.length > 2 || Number.isNaN(first) || Number.isNaN(last) || last < first) return [part]
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index))
}
