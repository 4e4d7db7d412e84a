import { at, mapsOf, numberOf, textOf } from './property.ts'
import type { ResourceChange } from './resource.ts'
import { type Found, found } from './rule.ts'
import { bareKey, type Properties } from './value.ts'

/** How a kind writes rules by which something goes after a time. */
type Lifecycle = {
  readonly id: string
  /** Paths of days; a rule without one keeps for ever. */
  readonly days: readonly string[]
  /** Whether the rule is at work. */
  readonly isOn: (rule: Properties) => boolean
  /** What is kept by number beside the days: fewer is less. */
  readonly least?: string
  /** What a rule is about; another one is about other objects. */
  readonly about: readonly string[]
  /** A rule that leaves takes the backups along that it made. */
  readonly isNeeded: boolean
}

const lifecycles: Readonly<Record<string, Lifecycle>> = {
  's3/bucketLifecycleConfiguration': {
    id: 'id',
    days: ['expiration.days', 'noncurrentVersionExpiration.noncurrentDays'],
    isOn: (rule) => textOf(rule.get('status')) !== 'Disabled',
    least: 'noncurrentVersionExpiration.newerNoncurrentVersions',
    about: ['filter', 'prefix'],
    isNeeded: false,
  },
  'backup/plan': {
    id: 'ruleName',
    days: ['lifecycle.deleteAfter'],
    isOn: () => true,
    about: ['targetVaultName', 'schedule'],
    isNeeded: true,
  },
}

/** Findings where a rule lets go sooner, or of more, than one of the same name did before. */
export function shorterLifecycle(
  change: ResourceChange,
  was: Properties,
  becomes: Properties,
): readonly Found[] {
  const lifecycle = Object.hasOwn(lifecycles, change.kind) ? lifecycles[change.kind] : undefined
  if (lifecycle === undefined) return []
  const [before, after] = [was, becomes].map((side) => mapsOf(side.get('rules')).filter(lifecycle.isOn))
  const unnamed = (rule: Properties) => bareKey(new Map([...rule].filter(([key]) => key !== lifecycle.id)))
  const same = new Set((before ?? []).map(unnamed))
  const nameOf = (rule: Properties) => textOf(rule.get(lifecycle.id)) ?? ''
  const shorter = (after ?? [])
    .filter((rule) => !same.has(unnamed(rule)))
    .flatMap((rule) => {
      const old = (before ?? []).find((one) => nameOf(one) === nameOf(rule))
      return shorterRule(change, lifecycle, nameOf(rule), old ?? new Map(), rule)
    })
  return lifecycle.isNeeded ? [...shorter, ...lostRules(change, before ?? [], after ?? [], nameOf)] : shorter
}

function shorterRule(
  change: ResourceChange,
  { days, least, about, isNeeded }: Lifecycle,
  name: string,
  old: Properties,
  rule: Properties,
): readonly Found[] {
  // A rule that makes backups and is new takes nothing away.
  if (isNeeded && old.size === 0) return []
  const where = (path: string) => `rules[${name}].${path}`
  const shorter = days
    .filter((path) => isLess(numberOrNever(old, path), numberOrNever(rule, path)))
    .map((path) => found(change, where(path), at(old, path), at(rule, path), 'it goes sooner than before'))
  const isEnding = days.some((path) => numberOrNever(rule, path) !== Number.POSITIVE_INFINITY)
  const other = about
    .filter((path) => isEnding && old.size > 0 && bareKey(at(old, path)) !== bareKey(at(rule, path)))
    .map((path) =>
      found(change, where(path), at(old, path), at(rule, path), 'the rule is about something else'),
    )
  const [kept, keeps] = least === undefined ? [] : [at(old, least), at(rule, least)]
  const isFewer = isLess(numberOf(kept), keeps === undefined ? 0 : numberOf(keeps))
  const fewer =
    least !== undefined && isFewer
      ? [found(change, where(least), kept, keeps, 'fewer old versions are kept')]
      : []
  const [was, becomes] = [old, rule].map((one) => at(one, 'expiration.date'))
  const isDated = becomes !== undefined && bareKey(was) !== bareKey(becomes)
  const dated = isDated ? [found(change, where('expiration.date'), was, becomes, 'it goes on a day')] : []
  return [...shorter, ...other, ...fewer, ...dated]
}

function lostRules(
  change: ResourceChange,
  before: readonly Properties[],
  after: readonly Properties[],
  nameOf: (rule: Properties) => string,
): readonly Found[] {
  const names = new Set(after.map(nameOf))
  return before
    .filter((rule) => !names.has(nameOf(rule)))
    .map((rule) => found(change, `rules[${nameOf(rule)}]`, rule, undefined, 'its backups are made no more'))
}

function numberOrNever(rule: Properties, path: string): number | undefined {
  const value = at(rule, path)
  const days = value === undefined ? 0 : numberOf(value)
  // No service takes 0 for a number of days: it is how providers write none.
  return days === 0 ? Number.POSITIVE_INFINITY : days
}

function isLess(from: number | undefined, to: number | undefined): boolean {
  return from !== undefined && to !== undefined && to < from
}
