import type { Event } from '../../schemas/event.ts'
import { isArchived } from './archive.ts'

/**
 * Whether a rule was carried out on a test host of a system before, by the digest of the rule: it took something there,
 * nothing of it failed, nothing was met that had to be kept, and what it archives was archived. A directory that is empty or not there shows nothing.
 */
export function isTried(events: readonly Event[], system: string, digest: string): boolean {
  const own = cleanupsOf(events, system)
  return events.some(
    ({ type, subject, data }) =>
      type === 'cleanup.host.ended' &&
      own.has(data['cleanup']) &&
      data['ring'] === 'test' &&
      listed(data['rules']).some(
        (rule) =>
          rule['digest'] === digest &&
          isWhole(rule) &&
          (rule['archiveTo'] === undefined || isArchived(events, data['cleanup'], subject, rule['name'])),
      ),
  )
}

/** Who let a rule go to the production hosts of a system, by the digest of the rule; undefined when nobody did. */
export function approvedBy(events: readonly Event[], system: string, digest: string): string | undefined {
  const found = events.findLast(
    ({ type, data }) => type === 'cleanup.approved' && data['system'] === system && data['digest'] === digest,
  )
  const by = found?.data['by']
  return typeof by === 'string' ? by : undefined
}

/** Where a clean-up of one host stands. */
export type HostSoFar = {
  /** Digests of the rules that were carried out there, or refused by the host. */
  readonly done: readonly string[]
  /** Digests of the rules that were begun and of which nobody knows how they ended: they are asked for again, as they were. */
  readonly open: readonly string[]
  /** How often it was asked to bring things back, and whether nobody knows how the last time ended. */
  readonly undos: number
  readonly isUndoOpen: boolean
}

/** Reads where a clean-up of one host stands; what nobody knew is open, since its unit has a fixed name and works once. */
export function hostSoFar(events: readonly Event[], cleanup: string, host: string): HostSoFar {
  const own = events.filter(({ subject, data }) => data['cleanup'] === cleanup && subject === host)
  const done: string[] = []
  let open: readonly string[] = []
  let undos = 0
  let isUndoOpen = false
  for (const { type, data } of own) {
    const isKnown = data['outcome'] !== 'unknown'
    const digests = listed(data['rules']).map((rule) => String(rule['digest']))
    if (type === 'cleanup.host.started') open = digests
    if (type === 'cleanup.host.ended' && isKnown) {
      done.push(...digests)
      open = []
    }
    if (type === 'cleanup.undo.started') {
      undos = Number(data['attempt'])
      isUndoOpen = true
    }
    if (type === 'cleanup.undo.ended' && isKnown) isUndoOpen = false
  }
  return { done, open, undos, isUndoOpen }
}

function isWhole(rule: Readonly<Record<string, unknown>>): boolean {
  const took = Number(rule['takenFiles'] ?? 0) + Number(rule['takenTrees'] ?? 0)
  const isKept = Number(rule['kept'] ?? 0) > 0
  return rule['refused'] === null && took > 0 && listed(rule['failed']).length === 0 && !isKept
}

function cleanupsOf(events: readonly Event[], system: string): ReadonlySet<unknown> {
  return new Set(
    events.flatMap(({ type, data }) =>
      type === 'cleanup.started' && data['system'] === system ? [data['cleanup']] : [],
    ),
  )
}

function listed(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? (value as readonly Readonly<Record<string, unknown>>[]) : []
}
