import type { PatrolItem } from '../../schemas/patrol.ts'
import type { PatrolMemory } from '../../schemas/patrol-memory.ts'
import type { Figure } from './figure.ts'
import type { Limit } from './limits.ts'

/** Worst values of days by figure (`item of`): day since 1970 in UTC, value in the unit of the item; in order. */
export type History = NonNullable<PatrolMemory['history']>
/** A day and its worst value. */
export type Point = readonly [day: number, value: number]

const dayMs = 86_400_000
/** So many days of a figure are kept; a forecast looks no further back, for what is older was another use of the host. */
export const keptDays = 90
/** So many figures of a host are kept. With 90 days each they are 35 kB. */
export const mostSeries = 24
/** What the host does not show any more is forgotten after so many days. */
const forgottenAfterDays = 30

/** Figures that fill up, and so are asked for the day on which they cross their line; what matters most first. */
export const filling = [
  'diskFree',
  'inodesFree',
  'poolFree',
  'databaseConnections',
  'databaseSize',
  'tableSize',
] as const satisfies readonly PatrolItem[]

/** The day since 1970 in UTC. */
export function dayOf(ms: number): number {
  return Math.floor(ms / dayMs)
}

/** The name of a figure in the history. */
export function seriesKey({ item, of }: Pick<Figure, 'item' | 'of'>): string {
  return `${item} ${of}`
}

/** The points of the last 90 days up to today: what forecasts and charts go by. */
export function recent(points: readonly Point[], today: number): readonly Point[] {
  return points.filter(([day]) => day <= today && day > today - keptDays)
}

/** The history with what this inspection saw: of a day the worst value counts; bounded in points and figures. */
export function remember(
  last: History | undefined,
  figures: readonly Figure[],
  limits: Readonly<Record<PatrolItem, Limit>>,
  nowMs: number,
): History {
  const today = dayOf(nowMs)
  const kept = new Map(Object.entries(last ?? {}).map(([key, points]) => [key, believed(points, today)]))
  for (const figure of figures) {
    if (figure.state !== 'seen' || !isFilling(figure.item)) continue
    const points = kept.get(seriesKey(figure)) ?? []
    const before = points.find(([day]) => day === today)
    const value = Number(figure.value.toPrecision(6))
    const worst = before === undefined ? value : worse(before[1], value, limits[figure.item])
    const others = points.filter((point) => point !== before)
    const all = [...others, [today, worst] satisfies [number, number]].sort(([day], [other]) => day - other)
    kept.set(seriesKey(figure), all.slice(-keptDays))
  }
  const alive = [...kept].filter(
    ([, points]) => (points.at(-1)?.[0] ?? -Infinity) > today - forgottenAfterDays,
  )
  const rank = ([key, points]: (typeof alive)[number]) => {
    const item = itemOfSeries(key)
    return item === undefined
      ? Infinity
      : filling.indexOf(item) + 1 / (2 + nearness(points.at(-1)?.[1] ?? NaN, limits[item]))
  }
  const chosen = alive
    .map((one) => ({ one, rank: rank(one) }))
    .filter((each) => each.rank < Infinity)
    .sort((a, b) => a.rank - b.rank || (a.one[0] < b.one[0] ? -1 : 1))
    .slice(0, mostSeries)
  return Object.fromEntries(chosen.map(({ one: [key, points] }) => [key, points]))
}

// Days that did not come yet are of a clock that was ahead, or the clock is behind now: the fewer are the wrong ones. So one
// inspection with a wrong clock takes nothing away.
function believed(points: History[string], today: number): History[string] {
  const past = points.filter(([day]) => day <= today)
  return points.length - past.length > past.length ? points : past
}

/** The item of a name in the history. */
export function itemOfSeries(key: string): (typeof filling)[number] | undefined {
  return filling.find((item) => key.startsWith(`${item} `))
}

function isFilling(item: PatrolItem): boolean {
  return (filling as readonly PatrolItem[]).includes(item)
}

function worse(a: number, b: number, { side }: Limit): number {
  return side === 'most' ? Math.max(a, b) : Math.min(a, b)
}

/** From 0, far from its line, to 1, at or beyond it. */
function nearness(value: number, { side, warning }: Limit): number {
  const share = side === 'most' ? value / warning : (100 - value) / (100 - warning)
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0
}
