import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import { instantText } from '../../core/gate/wall-clock.ts'

/** The time zone that the people of a system read times in, as in mails: its window's, or the estate's. */
export function zoneOf(estate: ResolvedEstate, system: string): string {
  return estate.systems[system]?.window?.timeZone ?? estate.timeZone
}

/** An instant for people, in whole seconds: never earlier than it is, so that who comes then is not too early. */
export function when(ms: number, timeZone: string): string {
  return instantText(Math.ceil(ms / 1000) * 1000, timeZone)
}
