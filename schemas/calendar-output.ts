import { Type } from 'typebox'
import { instant, message } from './message.ts'

/** `upkeep calendar --json`. */
export const CalendarOutput = message(
  'calendar',
  {
    year: Type.Integer(),
    timeZone: Type.String({ description: 'IANA zone whose wall clock decides' }),
    entries: Type.Array(
      Type.Object({
        uid: Type.String({ description: 'The same for the same work, also after it was moved' }),
        start: instant('UTC'),
        end: instant('UTC'),
        summary: Type.String(),
        description: Type.String(),
        freezes: Type.Array(Type.String(), { description: 'Freezes of the estate that it lies in' }),
      }),
    ),
    file: Type.Union([Type.String(), Type.Null()], { description: 'The calendar file that was written' }),
  },
  "The year's plan",
)
