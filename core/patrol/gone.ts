import type { Finding } from './findings.ts'
import { worstLevel } from './level.ts'

/** What is gone is asked after for so long (ms); then it is taken for having been taken away. */
const goneForMs = 7 * 86_400_000

/**
 * A finding about something that the host does not show any more (a disk, a unit, a part of the machine): that is not mended,
 * and not known. After a week it is closed.
 */
export function goneFinding(one: Finding, time: string, why?: string): Finding {
  const goneSince = one.goneSince ?? time
  const isOver = Date.parse(time) - Date.parse(goneSince) > goneForMs
  const level = worstLevel([one.level, 'unknown'])
  return {
    ...one,
    level: level === 'critical' ? level : 'unknown',
    value: null,
    said: isOver ? 'not there for a week' : (why ?? 'the host does not show it any more'),
    state: isOver ? 'closed' : 'open',
    looked: isOver,
    goneSince,
  }
}
