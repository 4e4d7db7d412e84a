import type { Figure } from '../../core/patrol/figure.ts'
import type { Judged } from '../../core/patrol/findings.ts'
import { seriesKey } from '../../core/patrol/history.ts'
import { type Level, levels, worstLevel } from '../../core/patrol/level.ts'
import type { Tier } from '../../core/estate/tiers.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import type { HostInspection, SystemInspection } from '../patrol/inspect.ts'
import type { Crossing } from '../show/forecast.ts'
import { titleIn } from './titles.ts'
import type { Language } from './words.ts'

/** What a report is made of: the name of the estate, when (ISO 8601) and in which zone people read that, and what was found. */
export type Report = {
  readonly estate: string
  readonly time: string
  readonly timeZone: string
  readonly systems: readonly SystemInspection[]
}

/** Hosts of a system by their level. */
export type SystemCount = {
  readonly name: string
  readonly hosts: number
  readonly of: Readonly<Record<Level, number>>
}

/** What share of something is in use (%), and beyond which it is a warning. */
export type Share = {
  readonly name: string
  readonly used: number
  readonly limit: number
  readonly level: Level
}

const tiers: readonly Tier[] = ['core', 'data', 'office']
/** Figures that are a share of what there is. */
const shares: readonly PatrolItem[] = [
  'diskFree',
  'inodesFree',
  'poolFree',
  'memory',
  'cpu',
  'databaseConnections',
]

/** Systems by tier, in each the worst first. */
export function byTier(
  systems: readonly SystemInspection[],
): readonly (readonly [Tier, readonly SystemInspection[]])[] {
  return tiers.flatMap((tier) => {
    const found = systems.filter(({ system }) => system.tier === tier).toSorted(worstSystemFirst)
    return found.length === 0 ? [] : [[tier, found] as const]
  })
}

/** The order of systems: the worse level, then more open findings, then the name. */
export function worstSystemFirst(a: SystemInspection, b: SystemInspection): number {
  return (
    levels.indexOf(b.level) - levels.indexOf(a.level) ||
    openOf(b).length - openOf(a).length ||
    (a.system.name < b.system.name ? -1 : 1)
  )
}

/** Findings that are not closed, the worst first. */
export function openOf({ findings }: SystemInspection): SystemInspection['findings'] {
  return findings.filter(({ state }) => state !== 'closed')
}

/** Hosts of a system by level. */
export function countOf({ system, hosts }: SystemInspection): SystemCount {
  const of = (level: Level) => hosts.filter((host) => host.level === level).length
  return {
    name: system.title,
    hosts: hosts.length,
    of: { ok: of('ok'), warning: of('warning'), unknown: of('unknown'), critical: of('critical') },
  }
}

/** The shares that are nearest to their limits, or the most beyond them. */
export function nearestShares(
  systems: readonly SystemInspection[],
  language: Language,
  most: number,
): readonly Share[] {
  const found = systems.flatMap(({ system, hosts }) =>
    hosts.flatMap(({ host, judged }) =>
      judged.flatMap(({ figure, level }): (Share & { readonly left: number })[] => {
        if (figure.state !== 'seen' || level === null || !shares.includes(figure.item)) return []
        const { side, warning } = system.patrol.limits[figure.item]
        const used = side === 'most' ? figure.value : 100 - figure.value
        const limit = side === 'most' ? warning : 100 - warning
        return [{ name: `${host} ${shareTitle(language, figure)}`, used, limit, level, left: limit - used }]
      }),
    ),
  )
  return found.toSorted((a, b) => a.left - b.left || (a.name < b.name ? -1 : 1)).slice(0, most)
}

// A share in use must not be called "free".
function shareTitle(language: Language, { item, of }: Figure): string {
  const words: Partial<Readonly<Record<PatrolItem, string>>> =
    language === 'zh'
      ? {
          diskFree: '磁盘',
          inodesFree: 'inode',
          poolFree: '存储池',
          memory: '内存',
          cpu: '处理器',
          databaseConnections: '连接',
        }
      : {
          diskFree: 'disk',
          inodesFree: 'inodes',
          poolFree: 'pool',
          memory: 'memory',
          cpu: 'processor',
          databaseConnections: 'connections',
        }
  return `${words[item] ?? titleIn(language, { item, of: '' })} ${of}`.trim()
}

/** Columns of the key figures of hosts, what is looked at first. */
export const keyFigures = [
  'cpu',
  'memory',
  'diskFree',
  'databaseConnections',
  'slowQueries',
  'certificates',
  'securityUpdates',
] as const

/** The worst figure of an item on a host; undefined where it has none. */
export function worstOf(
  { judged }: HostInspection,
  item: PatrolItem,
  { system }: SystemInspection,
): Judged | undefined {
  const { side } = system.patrol.limits[item]
  return judged
    .filter(({ figure }) => figure.item === item && figure.state !== 'absent')
    .toSorted((a, b) => rank(b) - rank(a) || beyond(b.figure, side) - beyond(a.figure, side))[0]
}

/** How many figures were measured, and how many should have been. */
export function coverage(systems: readonly SystemInspection[]): {
  readonly seen: number
  readonly all: number
} {
  const figures = systems.flatMap(({ hosts, functions }) =>
    [...hosts, ...functions].flatMap(({ judged }) => judged),
  )
  const seen = figures.filter(({ figure }) => figure.state === 'seen').length
  return { seen, all: seen + figures.filter(({ figure }) => figure.state === 'unknown').length }
}

/** The level of everything together. */
export function levelOfAll(systems: readonly SystemInspection[]): Level {
  return worstLevel(systems.map(({ level }) => level))
}

/** Values of past days behind a forecast. */
export function historyOf(
  systems: readonly SystemInspection[],
  { system, host, forecast }: Crossing,
): readonly (readonly [number, number])[] {
  const found = systems.find((one) => one.system.name === system.name)?.hosts.find((one) => one.host === host)
  return found?.look?.memory.history?.[seriesKey(forecast)] ?? []
}

function rank({ level }: Judged): number {
  return level === null ? -1 : levels.indexOf(level)
}

function beyond(figure: Figure, side: 'most' | 'least'): number {
  if (figure.state !== 'seen') return -Infinity
  return side === 'most' ? figure.value : -figure.value
}
