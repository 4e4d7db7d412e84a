import { absentFigure, type Figure, type Look, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import type { Answer } from './answer.ts'
import { count, lines, section, whole } from './patrol-section.ts'

const noLimit = 2 ** 60

/** Processor, memory, swap, pressure and out-of-memory kills: of the machine, or in a container of its own group. */
export function readProcessor(
  answer: Answer,
  scope: Look['scope'],
): { readonly figures: readonly Figure[]; readonly oomKills: number | null } {
  if (scope === 'unknown') {
    const why = 'whether this is a container could not be read, so whose figures these are'
    return { figures: ofScope.map((item) => unknownFigure(item, why)), oomKills: null }
  }
  const oomKills =
    scope === 'host' ? count(value(whole(answer, 'oom'))?.trim()) : count(group(answer).get('oom'))
  const own = scope === 'host' ? machine(answer) : container(answer)
  return {
    figures: [...own, ...pressure(answer, scope)],
    oomKills: Number.isNaN(oomKills) ? null : oomKills,
  }
}

const ofScope: readonly PatrolItem[] = [
  'cpu',
  'steal',
  'ioWait',
  'load',
  'memory',
  'swap',
  'pressureCpu',
  'pressureIo',
  'pressureMemory',
]

function machine(answer: Answer): readonly Figure[] {
  return [...processor(answer), load(answer), ...memory(answer)]
}

/** Seconds between the two readings, by the clock that nobody can set; why not when there was a boot in between. */
export function elapsedS(answer: Answer): number | string {
  const boots = ['boot-first', 'boot-last'].map((name) => value(whole(answer, name)))
  if (boots[0] === undefined || boots[0] !== boots[1]) return 'the host was not up all the time'
  const pattern = /^\d{1,12}\.\d\d \d+\.\d\d$/
  const [first, last] = ['uptime-first', 'uptime-last'].map((name) => {
    const line = section(answer, name, pattern)
    return line.ok ? Number.parseFloat(line.value) : NaN
  })
  const elapsed = (last ?? NaN) - (first ?? NaN)
  return elapsed >= 1 ? elapsed : 'the two readings are not a second apart'
}

// Columns of /proc/stat: user nice system idle iowait irq softirq steal; guest time is part of user and nice.
function processor(answer: Answer): readonly Figure[] {
  const elapsed = elapsedS(answer)
  const all: readonly PatrolItem[] = ['cpu', 'steal', 'ioWait']
  if (typeof elapsed === 'string') return all.map((item) => unknownFigure(item, elapsed))
  const [first, last] = ['processor-first', 'processor-last'].map((name) => {
    const text = value(whole(answer, name))
    const line = /^cpu +(\d+(?: \d+)+)$/m.exec(text ?? '')?.[1]
    return line?.split(' ').slice(0, 8).map(count)
  })
  const why = 'the times of the processor could not be read, or went back'
  if (first === undefined || last === undefined || first.length < 8 || last.length < 8)
    return all.map((item) => unknownFigure(item, why))
  const delta = last.map((of, at) => of - (first[at] ?? NaN))
  const total = delta.reduce((sum, of) => sum + of, 0)
  const [, , , idle = NaN, ioWait = NaN, , , steal = NaN] = delta
  // idle and iowait may go back by a few ticks on a good kernel; more is a counter that began anew.
  if (!(total > 0) || delta.some((of) => Number.isNaN(of) || of < -10))
    return all.map((item) => unknownFigure(item, why))
  const share = (of: number) => Math.min(100, Math.max(0, (100 * of) / total))
  return [
    seenFigure('cpu', share(total - idle - ioWait - steal)),
    seenFigure('steal', share(steal)),
    seenFigure('ioWait', share(ioWait)),
  ]
}

function processors(answer: Answer): number {
  return (value(whole(answer, 'processor-last')) ?? '').match(/^cpu\d+ /gm)?.length ?? 0
}

function load(answer: Answer): Figure {
  const line = section(answer, 'load', /^\d{1,6}\.\d\d \d+\.\d\d \d+\.\d\d \d+\/\d+ \d+$/)
  if (!line.ok) return unknownFigure('load', line.why)
  const of = processors(answer)
  return of === 0
    ? unknownFigure('load', 'how many processors there are could not be read')
    : seenFigure('load', Number.parseFloat(line.value) / of, { said: `${line.value.split(' ')[0]} on ${of}` })
}

function memory(answer: Answer): readonly Figure[] {
  const text = whole(answer, 'memory')
  if (!text.ok) return (['memory', 'swap'] as const).map((item) => unknownFigure(item, text.why))
  const of = (name: string) => count(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text.value)?.[1])
  const [total, available, swap, swapFree] = ['MemTotal', 'MemAvailable', 'SwapTotal', 'SwapFree'].map(of)
  return [
    percent('memory', (total ?? NaN) - (available ?? NaN), total ?? NaN),
    swap === 0
      ? absentFigure('swap', 'the host has none')
      : percent('swap', (swap ?? NaN) - (swapFree ?? NaN), swap ?? NaN),
  ]
}

function percent(item: PatrolItem, used: number, total: number): Figure {
  const share = (100 * used) / total
  return total > 0 && share >= 0 && share <= 100
    ? seenFigure(item, share)
    : unknownFigure(item, 'the host gave no usable numbers')
}

function group(answer: Answer): ReadonlyMap<string, string> {
  const { rows, why } = lines(
    answer,
    'group-room',
    /^(?<key>[a-z]+) (?<value>max|\d{1,20})(?: (?<period>\d{1,12}))?$/,
  )
  const found = rows.map(
    (row) => [row['key'] ?? '', `${row['value']}${row['period'] ? ` ${row['period']}` : ''}`] as const,
  )
  return new Map(why === null ? found : [])
}

// /proc/stat and /proc/meminfo have no namespace: in a container they are the whole machine's, and would charge one
// container with what its neighbour does.
function container(answer: Answer): readonly Figure[] {
  const room = group(answer)
  const machines = 'the machine shows it, the container does not'
  const rest = (['steal', 'ioWait', 'load', 'swap'] as const).map((item) => absentFigure(item, machines))
  return [groupProcessor(answer, room), groupMemory(answer, room), ...rest]
}

function groupProcessor(answer: Answer, room: ReadonlyMap<string, string>): Figure {
  const why = 'the container does not show the time of its own group, and that of /proc is the machine’s'
  const elapsed = elapsedS(answer)
  if (typeof elapsed === 'string') return unknownFigure('cpu', elapsed)
  const [first, last] = ['group-first', 'group-last'].map((name) => count(value(whole(answer, name))?.trim()))
  const used = (last ?? NaN) - (first ?? NaN)
  const [quota, period] = (room.get('quota') ?? 'max').split(' ').map(count)
  const allowed = (quota ?? NaN) / (period ?? NaN)
  const cores = Number.isFinite(allowed) && allowed > 0 ? allowed : processors(answer)
  if (!(used >= 0) || cores === 0) return unknownFigure('cpu', why)
  return seenFigure('cpu', Math.min(100, used / 1e4 / elapsed / cores), {
    said: `own group, of ${Number(cores.toFixed(2))} processors`,
  })
}

function groupMemory(answer: Answer, room: ReadonlyMap<string, string>): Figure {
  const [current, inactive] = ['current', 'inactive'].map((name) => count(room.get(name)))
  const limit = room.get('max') === undefined ? NaN : groupLimit(room.get('max') ?? '')
  const machine = count(/^MemTotal: +(\d+) kB$/m.exec(value(whole(answer, 'memory')) ?? '')?.[1]) * 1024
  if (current === undefined || Number.isNaN(current) || Number.isNaN(limit) || Number.isNaN(machine))
    return unknownFigure(
      'memory',
      'the container does not show the memory of its own group, and that of /proc is the machine’s',
    )
  // What was read from files and lies unused is given back when it is wanted, as MemAvailable has it.
  const used = Math.max(0, current - (Number.isNaN(inactive ?? NaN) ? 0 : (inactive ?? 0)))
  const total = Math.min(limit, machine)
  const said = limit < machine ? 'own group, of its own limit' : 'own group, of the machine: it has no limit'
  return seenFigure('memory', Math.min(100, (100 * used) / total), { said })
}

/** The limit of a group in bytes, infinite where it has none: version 1 writes the largest multiple of a page instead. */
function groupLimit(text: string): number {
  if (text === 'max' || Number(text) >= noLimit) return Number.POSITIVE_INFINITY
  return count(text)
}

function pressure(answer: Answer, scope: Look['scope']): readonly Figure[] {
  const all = { cpu: 'pressureCpu', io: 'pressureIo', memory: 'pressureMemory' } as const
  const each = Object.entries(all)
  if (scope === 'cgroup')
    return each.map(([, item]) => absentFigure(item, 'the machine shows it, the container does not'))
  const { rows, why } = lines(
    answer,
    'pressure',
    /^(?<of>cpu|io|memory) (?<kind>some|full) avg10=\d{1,3}\.\d\d avg60=(?<avg60>\d{1,3}\.\d\d) avg300=\d{1,3}\.\d\d total=\d+$/,
  )
  return each.map(([of, item]) => {
    if (why !== null) return unknownFigure(item, why)
    const row = rows.find((one) => one['of'] === of && one['kind'] === 'some')
    return row === undefined
      ? absentFigure(item, 'the kernel of this host does not measure it')
      : seenFigure(item, Number(row['avg60']))
  })
}

function value(
  part: { readonly ok: true; readonly value: string } | { readonly ok: false },
): string | undefined {
  return part.ok ? part.value : undefined
}
