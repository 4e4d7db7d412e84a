import { absentFigure, type Figure, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import { slowCalls, slowInADay } from '../../core/patrol/slow.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import type { PatrolMemory } from '../../schemas/patrol-memory.ts'
import type { Answer } from './answer.ts'
import { type Engine, readLog } from './patrol-log.ts'
import { readReplication } from './patrol-replication.ts'
import { numberOf, type Row, rowsByPart, rowsOf, textOf } from './patrol-rows.ts'
import { lines, noPart, partEnd, whole } from './patrol-section.ts'

/** An engine that the estate names on this host; `hasStandby`: another one must receive from it. */
export type WantedEngine = {
  readonly port: number
  readonly database: string
  readonly part: 'primary' | 'standby'
  readonly hasStandby: boolean
}

/** Inspections, by the controller's clock in ISO 8601. */
export type When = { readonly time: string; readonly lastTime: string | null }

const inside: readonly PatrolItem[] = [
  'databaseConnections',
  'oldestTransaction',
  'slowQueries',
  'replication',
  'replicationLag',
  'slotRetained',
  'deadRows',
  'wraparound',
  'databaseSize',
  'tableSize',
]
/** Numbers of transactions that there are before they come round: half of 2^32 lies ahead. */
const mostIds = 2 ** 31

/** PostgreSQL, each engine by its port: those that the estate names, and those whose sockets the host shows. */
export function readPostgresql(
  answer: Answer,
  wanted: readonly WantedEngine[],
  o: When & { readonly last: PatrolMemory | undefined },
): { readonly figures: readonly Figure[]; readonly engines: Readonly<Record<string, Engine>> } {
  const shown = lines(answer, 'postgresql-engines', /^(?<port>\d{1,5}) \S+ \S+ \S+ \S+$/)
  const ports = [
    ...new Set([...wanted.map(({ port }) => port), ...shown.rows.map((row) => Number(row['port']))]),
  ]
  const engines = ports.map((port) => {
    const known = o.last?.engines?.[`postgresql ${port}`]
    return {
      port,
      ...oneEngine(answer, { port, wanted: wanted.find((one) => one.port === port) }, { ...o, known }),
    }
  })
  const blind = shown.why === null ? [] : [unknownFigure('database', shown.why)]
  return {
    figures: [...engines.flatMap(({ figures }) => figures), ...blind],
    engines: Object.fromEntries(engines.map(({ port, engine }) => [`postgresql ${port}`, engine])),
  }
}

function oneEngine(
  answer: Answer,
  { port, wanted }: { readonly port: number; readonly wanted: WantedEngine | undefined },
  o: When & { readonly known: Engine | undefined },
): { readonly figures: readonly Figure[]; readonly engine: Engine } {
  const of = String(port)
  const log = readLog(answer, `postgresql-log-${port}`, of, o.known)
  const kept: Engine = { ...o.known, ...(log.place === undefined ? {} : { log: log.place }) }
  const said = answer.sections.get(`postgresql-${port}`)
  const text = whole(answer, `postgresql-${port}`)
  const parts = rowsByPart(text.ok ? text.value : '')
  const engine = parts.get('engine')
  if (engine === undefined || !parts.has('end')) {
    // The client itself says 2 when nobody answers; 127 is that it is not there.
    const answers =
      said?.code === 2 ? seenFigure('database', 1, { of }) : unknownFigure('database', whyNot(said, port), of)
    return {
      figures: [
        answers,
        ...inside.map((item) => unknownFigure(item, whyNot(said, port), of)),
        ...log.figures,
      ],
      engine: kept,
    }
  }
  const slow = slowQueries(parts, { of, log, ...o })
  return {
    figures: [
      seenFigure('database', 0, { of }),
      connections(engine, of),
      oldest(parts.get('oldest'), of),
      slow.figure,
      ...readReplication(parts, { of, wanted }),
      ...deadRows(parts.get('tables'), { of, isStandby: engine['recovery'] === true }),
      wraparound(parts.get('wraparound'), of),
      ...sizes('databaseSize', parts.get('databases'), of),
      ...sizes('tableSize', parts.get('sizes'), of),
      ...log.figures,
    ],
    engine: { ...kept, ...slow.kept },
  }
}

function whyNot(said: { readonly code: number } | undefined, port: number): string {
  const name = `postgresql-${port}`
  return said === undefined ? noPart(name) : (partEnd(name, said.code) ?? 'the engine did not answer all')
}

function connections(engine: Row, of: string): Figure {
  const [clients, most, reserved] = ['clients', 'max', 'reserved'].map((key) => numberOf(engine, key))
  const room = (most ?? NaN) - (reserved ?? NaN)
  if (!(room > 0)) return unknownFigure('databaseConnections', 'the engine gave no usable numbers', of)
  return seenFigure('databaseConnections', (100 * (clients ?? NaN)) / room, {
    of,
    said: `${clients} of ${room}`,
  })
}

function oldest(row: Row | undefined, of: string): Figure {
  if (row === undefined) return unknownFigure('oldestTransaction', 'the engine did not say', of)
  const [open, prepared] = ['seconds', 'prepared'].map((key) => (row[key] === null ? 0 : numberOf(row, key)))
  const value = Math.max(open ?? NaN, prepared ?? NaN)
  const who = `${textOf(row, 'user')} in ${textOf(row, 'database')}, ${textOf(row, 'state')}`
  const isPrepared = (prepared ?? 0) > (open ?? 0)
  return seenFigure('oldestTransaction', Math.max(0, value), {
    of,
    ...(value > 0 ? { said: isPrepared ? 'prepared, and neither committed nor rolled back' : who } : {}),
  })
}

type Slow = { readonly figure: Figure; readonly kept: Partial<Engine> }

// By pg_stat_statements where that is; else by the log, where the engine notes what took a second.
function slowQueries(
  parts: ReadonlyMap<string, Row>,
  o: When & {
    readonly of: string
    readonly log: ReturnType<typeof readLog>
    readonly known: Engine | undefined
  },
): Slow {
  const { of } = o
  const engine = parts.get('engine')
  const absent = (why: string): Figure => ({ ...absentFigure('slowQueries', why), of })
  const counted = (count: number | null, more: Partial<Engine>, why: string): Slow => {
    if (count === null) return { figure: absent(why), kept: more }
    const { perDay, kept } = slowInADay(o.known?.slow ?? [], { count, time: o.time, lastTime: o.lastTime })
    return { figure: seenFigure('slowQueries', perDay, { of }), kept: { ...more, slow: kept } }
  }
  if (engine?.['statements'] === true) {
    const rows = parts.get('statements')
    if (rows === undefined)
      return { figure: unknownFigure('slowQueries', 'pg_stat_statements could not be read', of), kept: {} }
    const statements = statementsOf(rows)
    const reset = textOf(parts.get('reset'), 'time') || null
    return counted(
      slowCalls({ statements, reset }, o.known),
      { statements, reset },
      'counted from this inspection on',
    )
  }
  const logged = numberOf(engine, 'logged')
  if (!(logged >= 0 && logged <= 1_000))
    return {
      figure: absent('neither pg_stat_statements nor log_min_duration_statement notes them'),
      kept: {},
    }
  return counted(o.log.slow, {}, o.log.why ?? '')
}

function statementsOf(row: Row): NonNullable<Engine['statements']> {
  const rows = Array.isArray(row['rows']) ? (row['rows'] as readonly unknown[]).slice(0, 200) : []
  return Object.fromEntries(
    rows.flatMap((one): [string, [number, number]][] => {
      const [id, calls, ms] = Array.isArray(one) ? (one as readonly unknown[]) : []
      const isGood =
        typeof id === 'string' &&
        /^-?\d{1,20}$/.test(id) &&
        typeof calls === 'number' &&
        typeof ms === 'number'
      return isGood ? [[id, [calls, ms]]] : []
    }),
  )
}

// A standby counts none: its rows die on the primary.
function deadRows(
  row: Row | undefined,
  { of, isStandby }: { readonly of: string; readonly isStandby: boolean },
): readonly Figure[] {
  if (isStandby) return []
  if (row === undefined) return [unknownFigure('deadRows', 'the engine did not say', of)]
  const tables = rowsOf(row)
  if (tables.length === 0) return [seenFigure('deadRows', 0, { of })]
  return tables.map((table) => {
    const [dead, live, vacuumed] = ['dead', 'live', 'vacuumed'].map((key) => numberOf(table, key))
    const share = (100 * (dead ?? NaN)) / ((dead ?? NaN) + (live ?? NaN))
    const ago = Number.isNaN(vacuumed)
      ? 'never vacuumed'
      : `vacuumed ${((vacuumed ?? 0) / 86_400).toFixed(1)} d ago`
    return seenFigure('deadRows', share, {
      of: `${of} ${textOf(table, 'name')}`,
      said: `${dead} dead, ${ago}`,
    })
  })
}

function sizes(item: 'databaseSize' | 'tableSize', row: Row | undefined, of: string): readonly Figure[] {
  // A lock on a table keeps its size back for as long as that lasts.
  if (row === undefined) return [unknownFigure(item, 'the engine did not say', of)]
  return rowsOf(row).map((one) =>
    seenFigure(item, numberOf(one, 'bytes') / 1e6, { of: `${of} ${textOf(one, 'name')}` }),
  )
}

function wraparound(row: Row | undefined, of: string): Figure {
  const ages = rowsOf(row).map((one) => ({
    name: textOf(one, 'name'),
    age: Math.max(numberOf(one, 'xid'), numberOf(one, 'multi')),
  }))
  const [oldestOne] = ages.sort((a, b) => b.age - a.age)
  if (oldestOne === undefined) return unknownFigure('wraparound', 'the engine did not say', of)
  return seenFigure('wraparound', (100 * oldestOne.age) / mostIds, { of, said: `database ${oldestOne.name}` })
}
