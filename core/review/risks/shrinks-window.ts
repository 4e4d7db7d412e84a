import { booleanOf, mapsOf, numberOf, textOf, textsOf } from '../property.ts'
import { comesAsOften } from '../recurrence.ts'
import { isRemoved, type ResourceChange, sides } from '../resource.ts'
import { type Found, found, foundTexts, type StackRule } from '../rule.ts'
import { bareKey, hiddenIn, type Properties } from '../value.ts'

const parts = new Set([
  'ssm/maintenanceWindow',
  'ssm/maintenanceWindowTarget',
  'ssm/maintenanceWindowTask',
  'ssm/association',
])

/** A maintenance window opens more seldom, for a shorter time, for fewer nodes, or no more. */
export const shrinksWindow: StackRule = {
  id: 'shrinks-window',
  class: 'shrinks-window',
  source:
    'AWS Systems Manager "Maintenance Windows", "Cron and rate expressions", API CreateMaintenanceWindow',
  finds(change) {
    if (!parts.has(change.kind)) return []
    if (isRemoved(change))
      return [foundTexts(change, 'resource', 'there', 'deleted', 'its maintenance comes no more')]
    const { was, becomes } = sides(change)
    if (was === null || becomes === null) return []
    return change.kind === 'ssm/maintenanceWindow'
      ? times(change, was, becomes)
      : lostTargets(change, was, becomes)
  },
}

function times(change: ResourceChange, was: Properties, becomes: Properties): readonly Found[] {
  const [before, after] = [was, becomes].map((side) => textOf(side.get('schedule')))
  const isOff = booleanOf(was.get('enabled') ?? true) === true && booleanOf(becomes.get('enabled')) === false
  const isSeldom = before !== undefined && after !== undefined && !comesAsOften(before, after)
  const all: Found[] = []
  const say = (key: string, what: string) =>
    all.push(found(change, key, was.get(key), becomes.get(key), what))
  if (isOff) say('enabled', 'it opens no more')
  if (isSeldom) say('schedule', 'it does not open at each time at which it did')
  for (const key of ['scheduleTimezone', 'scheduleOffset', 'startDate', 'endDate']) {
    const isHidden = hiddenIn(becomes.get(key)).size > 0
    const isLoosened = key.endsWith('Date') && bareKey(becomes.get(key)) === ''
    if (bareKey(was.get(key)) !== bareKey(becomes.get(key)) && !isHidden && !isLoosened)
      say(key, 'it opens at other times')
  }
  const [hours, hoursNow] = [was, becomes].map((side) => numberOf(side.get('duration')))
  const [rest, restNow] = [was, becomes].map((side) => numberOf(side.get('cutoff') ?? 0))
  if (hours !== undefined && hoursNow !== undefined && hoursNow < hours)
    say('duration', 'it is open for a shorter time')
  if (rest !== undefined && restNow !== undefined && restNow > rest)
    say('cutoff', 'nothing begins for longer before its end')
  return all
}

/** Targets by key and value; what is added is no loss. */
function lostTargets(change: ResourceChange, was: Properties, becomes: Properties): readonly Found[] {
  if (hiddenIn(becomes.get('targets')).size > 0) return []
  const [before, after] = [was, becomes].map((side) =>
    mapsOf(side.get('targets')).flatMap((target) =>
      textsOf(target.get('values')).map((value) => `${textOf(target.get('key')) ?? ''}=${value}`),
    ),
  )
  const lost = (before ?? []).filter((one) => after?.includes(one) !== true)
  if (lost.length === 0) return []
  const what = `it no longer reaches ${lost.join(', ')}`
  return [found(change, 'targets', was.get('targets'), becomes.get('targets'), what)]
}
