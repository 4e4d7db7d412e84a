import type { PatrolItem } from '../../schemas/patrol.ts'
import type { Figure, Look } from './figure.ts'
import { goneFinding } from './gone.ts'
import { type Level, levelOf, levels } from './level.ts'
import { items, type Limit } from './limits.ts'

/**
 * What an inspection saw beyond a limit, or could not see. `since`: ISO 8601 time of the first inspection that saw it;
 * `looked` false: the last level is kept, for this inspection could not look again.
 */
export type Finding = {
  readonly host: string
  /** `reach`: the host could not be asked; `inspection`: inspections of the system were missed. */
  readonly item: PatrolItem | 'reach' | 'inspection'
  readonly of: string
  readonly level: Exclude<Level, 'ok'>
  readonly value: number | null
  readonly said: string
  readonly since: string
  readonly state: 'new' | 'open' | 'closed'
  readonly looked: boolean
  /** The first inspection (ISO 8601) to which the host did not show it any more. */
  readonly goneSince?: string
}

/** A figure with its level; of one that is absent or only told, none. */
export type Judged = { readonly figure: Figure; readonly level: Level | null }

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
    if (level === null || level === 'ok' || isGone(figure)) return []
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
  const shown = new Map(look.figures.map((figure) => [keyOf(figure), figure]))
  const blind = new Set(
    look.figures.filter((one) => one.state === 'unknown' && one.gone !== true).map(({ item }) => item),
  )
  const gone = [...before.values()]
    .filter((one) => !now.has(keyOf(one)))
    .map((one): Finding => {
      const figure = shown.get(keyOf(one))
      const closed: Finding = { ...one, state: 'closed', looked: true }
      if (!isFigure(one.item) || figure?.state === 'seen') return closed
      // That a part could not be measured is over once it can be.
      const wasBlind = one.level === 'unknown' && one.goneSince === undefined
      if (blind.has(one.item)) return wasBlind ? closed : { ...one, state: 'open', looked: false }
      if (figure?.state === 'unknown' && isGone(figure)) return goneFinding(one, time, figure.why)
      return items[one.item].lasts === true && !(wasBlind && one.of === '') ? goneFinding(one, time) : closed
    })
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
  const title = isFigure(item) ? items[item].title : item === 'reach' ? 'not reached' : 'inspections missed'
  return of === '' ? title : `${title} ${of}`
}

/** Whether a finding is about a figure, which has limits. */
export function isFigure(item: Finding['item']): item is PatrolItem {
  return Object.hasOwn(items, item)
}

function isGone(figure: Figure): boolean {
  return figure.state === 'unknown' && figure.gone === true
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
