import { wallClock } from '../../core/gate/wall-clock.ts'
import { type Finding, isFigure } from '../../core/patrol/findings.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import { items } from '../../core/patrol/limits.ts'
import type { SystemInspection } from '../patrol/inspect.ts'
import type { Words } from './words.ts'

/** A value with its unit, in four digits: one that is just past its limit must not look like the limit. */
export function valueText(item: PatrolItem, value: number, words: Words): string {
  const { unit } = items[item]
  const digits = (of: number) => String(Number(of.toPrecision(4)))
  if (unit === 'MB' && Math.abs(value) >= 1_000) return `${digits(value / 1_000)} GB`
  return `${digits(value)}${words.unit[unit]}`
}

/** An instant on the clocks of a zone: `2026-11-26 08:00`. */
export function timeText(ms: number, timeZone: string): string {
  return new Date(wallClock(ms, timeZone)).toISOString().slice(0, 16).replace('T', ' ')
}

/** What was seen: '' where it can only be there or not. */
export function seenText({ item, value }: Finding, system: SystemInspection['system'], words: Words): string {
  if (!isFigure(item)) return item === 'inspection' && value !== null ? String(value) : ''
  if (value === null) return words.level.unknown
  return isPresence(item, system) && value === 1 ? '' : valueText(item, value, words)
}

/** What is allowed: "≤ 70 %"; '' where nothing is. */
export function allowedText(
  { item, level, value }: Finding,
  system: SystemInspection['system'],
  words: Words,
): string {
  if (!isFigure(item) || value === null || isPresence(item, system)) return ''
  const { side, warning, critical } = system.patrol.limits[item]
  const limit = level === 'critical' && critical !== null ? critical : warning
  return `${side === 'most' ? '≤' : '≥'} ${valueText(item, limit, words)}`
}

function isPresence(item: PatrolItem, system: SystemInspection['system']): boolean {
  return items[item].unit === '' && system.patrol.limits[item].warning === 0
}
