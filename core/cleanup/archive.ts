import type { Event } from '../../schemas/event.ts'

/** A file on another host with what a rule took: what its bytes are, and which lists of things they hold (their digests, by commas). */
export type Archived = {
  readonly file: string
  readonly sha256: string
  readonly bytes: number
  readonly entries: number
  readonly manifest: string
}

/** A directory of another host, and what stays free on its file system (`20G`, `10%`). */
export type ArchivePlace = {
  readonly host: string
  readonly directory: string
  readonly reserve?: string
}

/** What a rule has put aside on a host to be archived, and is not yet gone from there. */
export type PendingArchive = {
  readonly cleanup: string
  readonly host: string
  readonly ring: string
  readonly rule: string
  readonly to: ArchivePlace
  /** The file that the other host has read back: then only what it holds is left to be removed. */
  readonly archived: Archived | null
  /** Digests of the rules that were begun with it, of which nobody knows how they ended: more may be put aside still. Else null. */
  readonly open: readonly string[] | null
  /** 1; more where a rule that was begun anew in the same clean-up has an archive there already. */
  readonly part: number
}

/**
 * What of the clean-ups of a system waits to be archived, or to be removed after it was. A rule that was begun waits until it
 * is known that it put nothing aside: who was killed at it, or ended at a limit, can not say what he moved.
 */
export function pendingArchives(events: readonly Event[], system: string): readonly PendingArchive[] {
  const own = new Set<unknown>()
  const pending = new Map<string, PendingArchive>()
  // Begun for the first time, so that their end tells all that was put aside.
  const first = new Set<string>()
  const parts = new Map<string, number>()
  for (const { type, subject: host = '', data } of events) {
    const cleanup = data['cleanup']
    if (type === 'cleanup.started' && data['system'] === system) own.add(cleanup)
    if (typeof cleanup !== 'string' || !own.has(cleanup)) continue
    const rules = listed(data['rules'])
    const isKnown = type === 'cleanup.host.ended' && data['outcome'] !== 'unknown'
    const open = type === 'cleanup.host.started' ? rules.map(({ digest }) => String(digest)) : null
    for (const [key, one] of pending)
      if (isKnown && one.cleanup === cleanup && one.host === host) pending.set(key, { ...one, open: null })
    for (const row of open !== null || isKnown ? rules : []) {
      const { name, archiveTo: to } = row
      if (!isPlace(to)) continue
      const rule = String(name)
      const key = keyOf(cleanup, host, rule)
      const known = pending.get(key)
      const part = (parts.get(key) ?? 0) + 1
      const begun = { cleanup, host, ring: String(data['ring']), rule, to, archived: null, part }
      if (open !== null && known === undefined) first.add(key)
      else if (open !== null) first.delete(key)
      if (open !== null || hasTaken(row)) pending.set(key, { ...(known ?? begun), open })
      else if (first.has(key) && isNothing(row)) pending.delete(key)
    }
    const key = keyOf(cleanup, host, String(data['rule']))
    const known = pending.get(key)
    if (known === undefined) continue
    if (type === 'cleanup.archived') {
      pending.set(key, { ...known, archived: data as unknown as Archived })
      parts.set(key, known.part)
    }
    if (type === 'cleanup.archive.ended' && data['outcome'] === 'done') pending.delete(key)
  }
  return [...pending.values()]
}

/** Whether what a rule took on a host was archived, read back, and is gone from there; where nothing was left to archive it was not. */
export function isArchived(
  events: readonly Event[],
  cleanup: unknown,
  host: string | undefined,
  rule: unknown,
): boolean {
  const own = events.filter(
    ({ subject, data }) => subject === host && data['cleanup'] === cleanup && data['rule'] === rule,
  )
  return (
    own.some(({ type }) => type === 'cleanup.archived') &&
    own.some(({ type, data }) => type === 'cleanup.archive.ended' && data['outcome'] === 'done')
  )
}

function hasTaken(row: Readonly<Record<string, unknown>>): boolean {
  return Number(row['takenFiles'] ?? 0) + Number(row['takenTrees'] ?? 0) > 0
}

/** Whether a rule surely has nothing aside: what failed, or could not go back, may lie there and not be counted. */
function isNothing(row: Readonly<Record<string, unknown>>): boolean {
  return !hasTaken(row) && Number(row['kept'] ?? 0) === 0 && listed(row['failed']).length === 0
}

function keyOf(cleanup: string, host: string, rule: string): string {
  return `${cleanup} ${host} ${rule}`
}

function isPlace(value: unknown): value is PendingArchive['to'] {
  return typeof value === 'object' && value !== null && 'host' in value && 'directory' in value
}

function listed(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? (value as readonly Readonly<Record<string, unknown>>[]) : []
}
