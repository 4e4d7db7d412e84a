import { absentFigure, type Figure, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import { slowInADay } from '../../core/patrol/slow.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import type { Answer } from './answer.ts'
import type { Engine } from './patrol-log.ts'
import type { When } from './patrol-postgresql.ts'
import { count, noPart, partEnd } from './patrol-section.ts'

const inside: readonly PatrolItem[] = [
  'databaseConnections',
  'oldestTransaction',
  'slowQueries',
  'replication',
  'databaseSize',
  'tableSize',
]

/** Clocks drift: an engine that began within so many seconds of that is the same. */
const startS = 120

/** MariaDB: connections, oldest transaction, slow queries by its own counter, and its replication where it has any. */
export function readMariadb(
  answer: Answer,
  isWanted: boolean,
  o: When & { readonly known: Engine | undefined },
): { readonly figures: readonly Figure[]; readonly engine: Engine | undefined } {
  const of = 'mariadb'
  const part = answer.sections.get('mariadb')
  const blind = (why: string, answers?: Figure) => ({
    figures: [
      answers ?? unknownFigure('database', why, of),
      ...inside.map((item) => unknownFigure(item, why, of)),
    ],
    engine: o.known,
  })
  if (part === undefined) return isWanted ? blind(noPart('mariadb')) : { figures: [], engine: undefined }
  const text = part.bytes.toString('utf8')
  const values = new Map(
    text.split('\n', 500).flatMap((line) => {
      const row = /^ *(?<key>[A-Za-z_]{1,60})(?:\t|: )(?<value>[^\t\n]{0,300})$/.exec(line)?.groups
      return row === undefined ? [] : [[row['key'] ?? '', row['value'] ?? ''] as const]
    }),
  )
  if (!values.has('version')) {
    const why = partEnd('mariadb', part.code) ?? 'the engine did not answer'
    return blind(why, part.code === 1 ? seenFigure('database', 1, { of }) : undefined)
  }
  const number = (key: string) => count(values.get(key))
  const slow = slowQueries(number, o)
  return {
    figures: [
      seenFigure('database', 0, { of, said: values.get('version') ?? '' }),
      seenFigure('databaseConnections', (100 * number('Threads_connected')) / number('max'), {
        of,
        said: `${number('Threads_connected')} of ${number('max')}`,
      }),
      seenFigure('oldestTransaction', number('oldest'), { of }),
      slow.figure,
      ...sizes(text, of),
      ...replication(values, of),
    ],
    engine: slow.engine,
  }
}

// The counter begins anew with the engine; what it then has is since its start. Slow is what its long_query_time says.
function slowQueries(
  number: (key: string) => number,
  o: When & { readonly known: Engine | undefined },
): { readonly figure: Figure; readonly engine: Engine | undefined } {
  const of = 'mariadb'
  const [slow, uptimeS] = [number('Slow_queries'), number('Uptime')]
  if (Number.isNaN(slow + uptimeS))
    return {
      figure: unknownFigure('slowQueries', 'the engine did not give its counter', of),
      engine: o.known,
    }
  const counter = { slow, startedS: Math.max(0, Math.round(Date.parse(o.time) / 1000 - uptimeS)) }
  const before = o.known?.counter
  if (before === undefined) {
    const figure: Figure = { ...absentFigure('slowQueries', 'counted from this inspection on'), of }
    return { figure, engine: { ...o.known, counter } }
  }
  const isSame = Math.abs(counter.startedS - before.startedS) <= startS && slow >= before.slow
  const more = isSame ? slow - before.slow : slow
  const { perDay, kept } = slowInADay(o.known?.slow ?? [], {
    count: more,
    time: o.time,
    lastTime: o.lastTime,
  })
  return { figure: seenFigure('slowQueries', perDay, { of }), engine: { ...o.known, counter, slow: kept } }
}

const mostRows = 5

// By what InnoDB counted when it last looked at its tables: nothing is opened for it.
function sizes(text: string, of: string): readonly Figure[] {
  const rows = text.split('\n', 500).flatMap((line) => {
    const row = /^(?<kind>database|table)-size\t(?<bytes>\d{1,20})\t(?<name>[^\t\n]{1,150})$/.exec(
      line,
    )?.groups
    return row === undefined ? [] : [row]
  })
  return (['database', 'table'] as const).flatMap((kind) => {
    const found = rows.filter((row) => row['kind'] === kind).slice(0, mostRows)
    if (!text.includes(`${kind}-sizes`)) return [unknownFigure(`${kind}Size`, 'the engine did not say', of)]
    return found.map((row) =>
      seenFigure(`${kind}Size`, count(row['bytes']) / 1e6, { of: `${of} ${row['name']}` }),
    )
  })
}

function replication(values: ReadonlyMap<string, string>, of: string): readonly Figure[] {
  const [io, sql] = ['Slave_IO_Running', 'Slave_SQL_Running'].map((key) => values.get(key))
  if (io === undefined && sql === undefined) return []
  const runs = io === 'Yes' && sql === 'Yes'
  const lag = count(values.get('Seconds_Behind_Master'))
  return [
    seenFigure('replication', runs ? 0 : 1, { of, said: runs ? '' : `receives: ${io}, applies: ${sql}` }),
    Number.isNaN(lag)
      ? unknownFigure('replicationLag', 'the engine does not say', of)
      : seenFigure('replicationLag', lag, { of }),
  ]
}
