import { absentFigure, type Figure, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { PatrolMemory } from '../../schemas/patrol-memory.ts'
import type { Answer } from './answer.ts'
import { count, lines } from './patrol-section.ts'

export type Engine = NonNullable<PatrolMemory['engines']>[string]

/** What the log of an engine has had since the last inspection; `slow` null where that can not be said. */
export type LogNews = {
  readonly figures: readonly Figure[]
  readonly slow: number | null
  readonly why: string | null
  readonly place: Engine['log']
}

const all = ['databaseLog', 'databaseErrors', 'databasePanics'] as const
/** More of a log is not read at once. */
const readBytes = 64 << 20
const form =
  /^(?:log (?<inode>\d{1,20}) (?<size>\d{1,15}) (?<news>\d{1,15}) (?<path>\/[^\n]{1,300})|counts (?<slow>\d{1,12}) (?<errors>\d{1,12}) (?<panics>\d{1,12}))$/

/** Reads the part `name`: size of the log, and errors since the place where the last inspection left it. */
export function readLog(answer: Answer, name: string, of: string, last: Engine | undefined): LogNews {
  const { rows, why } = lines(answer, name, form)
  const [head] = rows.filter((row) => row['inode'] !== undefined)
  const [counts] = rows.filter((row) => row['slow'] !== undefined)
  if (why !== null || (head === undefined) !== (counts === undefined)) {
    const said = why ?? `the part "${name}" is not whole`
    return {
      figures: all.map((item) => unknownFigure(item, said, of)),
      slow: null,
      why: said,
      place: last?.log,
    }
  }
  if (head === undefined || counts === undefined) {
    const said = 'the engine writes no log to a file that can be read'
    const figures = all.map((item): Figure => ({ ...absentFigure(item, said), of }))
    return { figures, slow: null, why: said, place: last?.log }
  }
  const { inode = '', path = '' } = head
  const place = { path, inode, offset: count(head['size']) }
  const size = seenFigure('databaseLog', count(head['size']) / 1e6, { of, said: path })
  // The first inspection only learns where the log ends.
  if (last?.log === undefined)
    return { figures: [size], slow: null, why: 'counted from this inspection on', place }
  const isCut = count(head['news']) > readBytes
  const said = { of, ...(isCut ? { said: 'at least: the log grew by more than is read' } : {}) }
  return {
    figures: [
      size,
      seenFigure('databaseErrors', count(counts['errors']), said),
      seenFigure('databasePanics', count(counts['panics']), said),
    ],
    slow: count(counts['slow']),
    why: null,
    place,
  }
}
