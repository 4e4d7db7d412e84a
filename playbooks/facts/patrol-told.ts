import { sanitise } from '../../connect/text.ts'
import { type Figure, unknownFigure } from '../../core/patrol/figure.ts'
import type { PatrolPart } from '../../schemas/patrol.ts'

const mostFigures = 2_000

/** Which part, that a host may lack, a figure belongs to. */
const partOf: Partial<Readonly<Record<Figure['item'], PatrolPart>>> = {
  pressureCpu: 'pressure',
  pressureIo: 'pressure',
  pressureMemory: 'pressure',
  temperature: 'sensors',
  power: 'power',
  diskHealth: 'diskHealth',
  connections: 'connections',
  slowQueries: 'slowQueries',
  databaseLog: 'databaseLog',
  databaseErrors: 'databaseLog',
  databasePanics: 'databaseLog',
}

/** Figures as they are told: bounded in number, their words harmless, and what the estate wants and is absent unknown. */
export function asTold(figures: readonly Figure[], wants: readonly PatrolPart[]): readonly Figure[] {
  return bounded(figures).map((figure) => asWanted(clean(figure), wants))
}

// What is cut off is not forgotten: it could be what is wrong.
function bounded(figures: readonly Figure[]): readonly Figure[] {
  const cut = new Set(figures.slice(mostFigures).map(({ item }) => item))
  const said = [...cut].map((item) => unknownFigure(item, 'the host showed more of them than are kept'))
  return [...figures.slice(0, mostFigures), ...said]
}

function asWanted(figure: Figure, wants: readonly PatrolPart[]): Figure {
  const part = partOf[figure.item]
  return figure.state === 'absent' && part !== undefined && wants.includes(part)
    ? { item: figure.item, of: figure.of, state: 'unknown', why: `${figure.why}, and the estate wants it` }
    : figure
}

// Names of disks, units and sensors are the host's words.
function clean(figure: Figure): Figure {
  const of = oneLine(figure.of, 100)
  if (figure.state === 'seen')
    return figure.said === undefined ? { ...figure, of } : { ...figure, of, said: oneLine(figure.said, 300) }
  return { ...figure, of, why: oneLine(figure.why, 300) }
}

function oneLine(text: string, mostChars: number): string {
  return sanitise(text.replaceAll(/[\n\t]+/g, ' '), mostChars)
}
