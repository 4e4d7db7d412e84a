import { Type } from 'typebox'
import { instant, message } from './message.ts'
import { OneOf } from './words.ts'

/** `upkeep schedule show`, `schedule install` and `schedule remove --json`. */
export const ScheduleOutput = message(
  'schedule',
  {
    did: OneOf(['show', 'install', 'remove'], 'The verb'),
    dryRun: Type.Boolean({ description: 'Nothing was done; it says what would be' }),
    changed: Type.Boolean({ description: 'This machine is, or was before, not as the estate says' }),
    timers: Type.Array(
      Type.Object({
        timer: Type.String(),
        work: OneOf(['patrol', 'cleanup', 'resume'], 'The verb that it starts'),
        system: Type.Union([Type.String(), Type.Null()]),
        when: Type.String({ description: 'For people' }),
        next: Type.Array(instant('UTC'), { description: 'The next three; none where it follows the last' }),
      }),
      { description: 'What the estate wants; none for remove' },
    ),
    files: Type.Array(
      Type.Object({
        path: Type.String(),
        standing: OneOf(
          ['same', 'new', 'changed', 'renewed', 'gone', 'off'],
          'Before anything was done; renewed: the same of an older text of the estate, gone: not wanted any more, off: not running',
        ),
        text: Type.Optional(Type.String({ description: 'With --units' })),
      }),
    ),
  },
  'What timers of this machine start, and when',
)
