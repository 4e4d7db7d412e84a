import { absentFigure, type Figure, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { Answer } from './answer.ts'
import { elapsedS } from './patrol-processor.ts'
import { count, lines } from './patrol-section.ts'

// The loopback, and the machine's end of a wire into a container: what is lost there is lost inside one machine.
const notLinks = /^(lo$|veth|cali|lxc|vnet|vb-)/

/** Counters of the network, segments that were sent again to the controller, and the firewall's table of connections. */
export function readNetwork(answer: Answer): readonly Figure[] {
  return [...network(answer), loss(answer), connections(answer)]
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

// What the host's own TCP says of this connection. One segment of the few that an answer needs is no rate.
function loss(answer: Answer): Figure {
  const { rows, why } = lines(answer, 'connection', /^(?<again>\d{1,12}) (?<sent>\d{1,12})$/)
  const [row] = rows
  if (why !== null) return unknownFigure('loss', why)
  if (row === undefined) return absentFigure('loss', 'the host does not show how this connection fares')
  const [again, sent] = [count(row['again']), count(row['sent'])]
  const said = `${again} of ${sent} segments`
  return seenFigure('loss', sent === 0 ? 0 : Math.min(100, (100 * again) / sent), {
    calm: again <= 1,
    ...(again === 0 ? {} : { said }),
  })
}
