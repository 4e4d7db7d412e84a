import type { PatchPlan } from '../../schemas/plan.ts'
import { named, type ResourceChange } from './resource.ts'
import { shortText, type Value, valueText } from './value.ts'

/** Classes of risk, most dangerous first: what one of them means when nobody stops it. */
export const riskClasses = {
  'destroys-data': 'backups, or what they can be read with, are gone',
  'replaces-state': 'what holds data is gone or begins anew, empty',
  'weakens-protection': 'data can be lost sooner, more easily, or be read by others',
  'opens-access': 'somebody may do or reach what they could not',
  unknown: 'nobody can say yet what would be done',
  'no-snapshot': 'the fastest way back is missing',
  untested: 'production gets what no test host has tried',
  removes: 'software leaves a host',
  downgrade: 'older software than before, with its old flaws, and data that newer software has written',
  database: 'a database server is touched: those who use it wait, or fail',
  'loses-watch': 'trouble is seen later, or by nobody',
  'shrinks-window': 'maintenance happens more seldom, or not at all',
  reboot: 'a host is away for minutes',
} as const
export type RiskClass = keyof typeof riskClasses

/** What a rule found: one property of a resource, or one thing on a host, with both values as text for people. */
export type Found = {
  readonly property: string
  readonly was: string
  readonly becomes: string
  readonly says: string
  /** false: it depends on what is not known yet; absent: true. */
  readonly isCertain?: boolean
}

/** One way in which the change of a resource is dangerous; `source` says where that is written. */
export type StackRule = {
  readonly id: string
  readonly class: RiskClass
  readonly source: string
  readonly finds: (change: ResourceChange) => readonly Found[]
}

/** One way in which a host plan is dangerous. */
export type HostRule = {
  readonly id: string
  readonly class: RiskClass
  readonly source: string
  readonly finds: (plan: PatchPlan) => readonly (Found & { readonly host: string })[]
}

/** A finding about a resource: one sentence with both values. */
export function found(
  change: ResourceChange,
  property: string,
  was: Value | undefined,
  becomes: Value | undefined,
  what: string,
): Found {
  return foundTexts(change, property, valueText(was), valueText(becomes), what)
}

/** The same with values that are put in words already. */
export function foundTexts(
  change: ResourceChange,
  property: string,
  was: string,
  becomes: string,
  what: string,
): Found {
  const where = shortText(property)
  const says = `${named(change)}: ${shortText(what)} (${where}: ${shortText(was)} -> ${shortText(becomes)}).`
  return { property, was: shortText(was), becomes: shortText(becomes), says }
}

/** A finding about a host. */
export function foundOn(
  host: string,
  property: string,
  was: string,
  becomes: string,
  what: string,
): Found & { readonly host: string } {
  const values = `${shortText(property)}: ${shortText(was)} -> ${shortText(becomes)}`
  const says = `${shortText(host)}: ${shortText(what)} (${values}).`
  return { host, property, was: shortText(was), becomes: shortText(becomes), says }
}
