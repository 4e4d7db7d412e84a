import type { PatrolItem } from '../../schemas/patrol.ts'
import type { Figure, Look } from './figure.ts'
import { type Level, levelOf, levels } from './level.ts'
import { items, type Limit } from './limits.ts'

/**
 * What an inspection saw beyond a limit, or could not see. `since`: ISO 8601 time of the first inspection that saw it;
 * `looked` false: the last level is kept, for this inspection could not look again.
 */
export type Finding = {
  readonly host: string
  readonly item: PatrolItem | 'reach'
  readonly of: string
  readonly level: Exclude<Level, 'ok'>
  readonly value: number | null
  readonly said: string
  readonly since: string
  readonly state: 'new' | 'open' | 'closed'
  readonly looked: boolean
}

/** A figure with its level; of one that is absent or only told, none. */
export type Judged = { readonly figure: Figure; readonly level: Level | null }

/** What is kept of the last inspection of a host. */
export type LastHost = { readonly bootId: string | null; readonly oomKills: number | null }
export type Last = {
  readonly findings: readonly Finding[]
  readonly hosts: Readonly<Record<string, LastHost>>
}

/** Of one host no more findings than this are kept, the worst. */
export const mostFindings = 200

/** Holds what was seen of a host against the limits and against its open findings of the last inspection. */
export function judgeHost(
  look: Look,
  limits: Readonly<Record<PatrolItem, Limit>>,
  last: readonly Finding[],
  time: string,
): { readonly judged: readonly Judged[]; readonly findings: readonly Finding[] } {
  const before = new Map(
    last
      .filter(({ host, state }) => host === look.host && state !== 'closed')
      .map((one) => [keyOf(one), one]),
  )
  const judged = look.figures.map((figure): Judged => ({
    figure,
    level: levelOfFigure(figure, limits[figure.item], before.get(keyOf(figure))),
  }))
  const found = judged.flatMap(({ figure, level }): Finding[] => {
    if (level === null || level === 'ok') return []
    const known = before.get(keyOf(figure))
    const value = figure.state === 'seen' ? figure.value : null
    return [
      {
        host: look.host,
        item: figure.item,
        of: figure.of,
        level,
        value,
        said: figure.state === 'seen' ? (figure.said ?? '') : figure.why,
        since: known?.since ?? time,
        state: known === undefined ? 'new' : 'open',
        looked: true,
      },
    ]
  })
  const now = new Set(found.map(keyOf))
  const blind = new Set(look.figures.filter(({ state }) => state === 'unknown').map(({ item }) => item))
  const measured = new Set(
    judged.filter(({ figure }) => figure.state === 'seen').map(({ figure }) => keyOf(figure)),
  )
  const gone = [...before.values()]
    .filter((one) => !now.has(keyOf(one)))
    .map((one): Finding =>
      one.item !== 'reach' && blind.has(one.item) && !measured.has(keyOf(one)) && one.level !== 'unknown'
        ? { ...one, state: 'open', looked: false }
        : { ...one, state: 'closed', looked: true },
    )
  return { judged, findings: [...found, ...gone].sort(worstFirst).slice(0, mostFindings) }
}

/** A host of which nothing was seen: unknown, and what was open stays open. */
export function unseenHost(
  host: string,
  why: string,
  last: readonly Finding[],
  time: string,
): readonly Finding[] {
  const open = last.filter((one) => one.host === host && one.state !== 'closed')
  const known = open.find(({ item }) => item === 'reach')
  const reach: Finding = {
    host,
    item: 'reach',
    of: '',
    level: 'unknown',
    value: null,
    said: why,
    since: known?.since ?? time,
    state: known === undefined ? 'new' : 'open',
    looked: true,
  }
  const others = open.filter(({ item }) => item !== 'reach')
  return [reach, ...others.map((one): Finding => ({ ...one, state: 'open', looked: false }))]
    .sort(worstFirst)
    .slice(0, mostFindings)
}

/** Order of findings: open before closed, worse before better, then by host and what they are about. */
export function worstFirst(a: Finding, b: Finding): number {
  return (
    Number(a.state === 'closed') - Number(b.state === 'closed') ||
    levels.indexOf(b.level) - levels.indexOf(a.level) ||
    compare(a.host, b.host) ||
    Number(b.item === 'reach') - Number(a.item === 'reach') ||
    compare(a.item, b.item) ||
    compare(a.of, b.of)
  )
}

/** What a finding is about, in words: "disk free /srv". */
export function aboutText({ item, of }: Pick<Finding, 'item' | 'of'>): string {
  const title = item === 'reach' ? 'not reached' : items[item].title
  return of === '' ? title : `${title} ${of}`
}

function levelOfFigure(figure: Figure, limit: Limit, known: Finding | undefined): Level | null {
  if (figure.state === 'absent') return null
  if (figure.state === 'unknown') return 'unknown'
  return figure.calm === true ? null : levelOf(figure.value, limit, known?.level ?? 'ok')
}

function keyOf({ item, of }: Pick<Finding, 'item' | 'of'>): string {
  return `${item}\n${of}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
