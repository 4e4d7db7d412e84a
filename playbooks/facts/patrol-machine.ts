import { absentFigure, type Figure, type Look, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { Answer } from './answer.ts'
import { elapsedS } from './patrol-processor.ts'
import { count, lines } from './patrol-section.ts'

// The loopback, and the machine's end of a wire into a container: what is lost there is lost inside one machine.
const notLinks = /^(lo$|veth|cali|lxc|vnet|vb-)/

/** Network counters, the firewall's table of connections, and what the hardware shows. */
export function readMachine(answer: Answer, scope: Look['scope']): readonly Figure[] {
  const hardware = [temperatures(answer), supplies(answer), disks(answer)]
  return [
    ...network(answer),
    connections(answer),
    // What /sys shows in a container is the machine's.
    ...(scope === 'cgroup'
      ? (['temperature', 'power', 'diskHealth'] as const).map((item) =>
          absentFigure(item, 'the machine shows it, the container does not'),
        )
      : hardware.flat()),
  ]
}

function network(answer: Answer): readonly Figure[] {
  const both = ['netErrors', 'netDrops'] as const
  const elapsed = elapsedS(answer)
  if (typeof elapsed === 'string') return both.map((item) => unknownFigure(item, elapsed))
  const pattern =
    /^ *(?<name>[^\s:]{1,40}): *\d+ +\d+ +(?<inErrors>\d+) +(?<inDrops>\d+) +\d+ +\d+ +\d+ +\d+ +\d+ +\d+ +(?<outErrors>\d+) +(?<outDrops>\d+) +\d+ +\d+ +\d+ +\d+$/
  const [first, last] = ['net-first', 'net-last'].map((name) =>
    lines(answer, name, pattern, /^(Inter-\||[ ]+face \|)/),
  )
  const why = first?.why ?? last?.why ?? null
  if (why !== null) return both.map((item) => unknownFigure(item, why))
  const before = new Map(first?.rows.map((row) => [row['name'] ?? '', row]))
  return (last?.rows ?? []).flatMap((row): readonly Figure[] => {
    const { name = '' } = row
    const from = before.get(name)
    if (notLinks.test(name) || from === undefined) return []
    const grown = (column: string) => count(row[column]) - count(from[column])
    return both.map((item) => {
      const kind = item === 'netErrors' ? 'Errors' : 'Drops'
      const more = [grown(`in${kind}`), grown(`out${kind}`)]
      return more.every((of) => of >= 0)
        ? seenFigure(item, more.reduce((sum, of) => sum + of, 0) / elapsed, { of: name })
        : unknownFigure(item, 'a counter went back', name)
    })
  })
}

function connections(answer: Answer): Figure {
  const { rows, why } = lines(answer, 'connections', /^(?<now>\d+) (?<most>\d+)$/)
  const [row] = rows
  if (why !== null) return unknownFigure('connections', why)
  if (row === undefined) return absentFigure('connections', 'the host tracks none')
  return seenFigure('connections', (100 * count(row['now'])) / count(row['most']))
}

function temperatures(answer: Answer): readonly Figure[] {
  const pattern = /^(?<name>hwmon\d+\/temp\d+) (?<value>-?\d{1,9}|-) (?<critical>-?\d{1,9}|-)$/
  const { rows, why } = lines(answer, 'sensors', pattern)
  const blind = why === null ? [] : [unknownFigure('temperature', why)]
  if (rows.length + blind.length === 0) return [absentFigure('temperature')]
  const shown = rows.map(({ name = '', value, critical }) => {
    const milli = value === '-' ? NaN : Number(value)
    // A sensor without a limit of its own, or with one of nonsense (0, 65,261 degrees), has that of boiling water.
    const own = Number(critical)
    const limit = own >= 40_000 && own <= 150_000 ? own : 100_000
    return Number.isNaN(milli)
      ? unknownFigure('temperature', 'the sensor can not be read', name)
      : seenFigure('temperature', Math.max(0, (100 * milli) / limit), {
          of: name,
          said: `${milli / 1000} °C`,
        })
  })
  return [...shown, ...blind]
}

function supplies(answer: Answer): readonly Figure[] {
  const pattern =
    /^(?<name>\S{1,60}) (?<type>Mains|Battery|UPS|USB|Wireless|BMS|Unknown) (?<online>\d|-) (?<status>[A-Z][A-Za-z ]{0,20}|-)$/
  const { rows, why } = lines(answer, 'power', pattern)
  const blind = why === null ? [] : [unknownFigure('power', why)]
  if (rows.length + blind.length === 0) return [absentFigure('power')]
  const shown = rows.map(({ name = '', type, online, status = '-' }) => {
    const isOut = (type === 'Mains' && online === '0') || status === 'Discharging'
    return seenFigure('power', isOut ? 1 : 0, { of: name, ...(status === '-' ? {} : { said: status }) })
  })
  return [...shown, ...blind]
}

// Exit codes of smartctl are bits: 1, 2, 4: it could not ask; 8: the disk calls itself failing; 16, 32: past a limit of its
// maker, now or once. Higher bits are logs of old errors.
function disks(answer: Answer): readonly Figure[] {
  const { rows, why } = lines(answer, 'block-health', /^(?<name>[a-z0-9]{1,40}) (?<code>\d{1,3}|-)$/)
  const blind = why === null ? [] : [unknownFigure('diskHealth', why)]
  if (rows.every(({ code }) => code === '-') && blind.length === 0) return [absentFigure('diskHealth')]
  const shown = rows
    .filter(({ code }) => code !== '-')
    .map(({ name = '', code }) => {
      const bits = Number(code)
      // 124 and 137, its limit in time, have one of these bits as well.
      if ((bits & 7) !== 0) return unknownFigure('diskHealth', 'smartctl could not ask the disk', name)
      if ((bits & 8) !== 0)
        return seenFigure('diskHealth', 2, { of: name, said: 'the disk says that it is failing' })
      return seenFigure('diskHealth', (bits & 48) === 0 ? 0 : 1, { of: name })
    })
  return [...shown, ...blind]
}
