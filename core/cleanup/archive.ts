import type { Event } from '../../schemas/event.ts'

/** A file on another host with what a rule took: what its bytes are, and which list of things they hold. */
export type Archived = {
  readonly file: string
  readonly sha256: string
  readonly bytes: number
  readonly entries: number
  readonly manifest: string
}

/** What a rule has put aside on a host to be archived, and is not yet gone from there. */
export type PendingArchive = {
  readonly cleanup: string
  readonly host: string
  readonly ring: string
  readonly rule: string
  readonly to: { readonly host: string; readonly directory: string }
  /** The file that the other host has read back: then only what it holds is left to be removed. */
  readonly archived: Archived | null
}

/** What of the clean-ups of a system waits to be archived, or to be removed after it was; of one host if asked. */
export function pendingArchives(events: readonly Event[], system: string): readonly PendingArchive[] {
  const own = new Set<unknown>()
  const pending = new Map<string, PendingArchive>()
  for (const { type, subject: host = '', data } of events) {
    const cleanup = data['cleanup']
    if (type === 'cleanup.started' && data['system'] === system) own.add(cleanup)
    if (typeof cleanup !== 'string' || !own.has(cleanup)) continue
    if (type === 'cleanup.host.ended') {
      for (const row of listed(data['rules'])) {
        const { archiveTo } = row
        const took = Number(row['takenFiles'] ?? 0) + Number(row['takenTrees'] ?? 0)
        if (!isPlace(archiveTo) || took === 0) continue
        const rule = String(row['name'])
        const one = { cleanup, host, ring: String(data['ring']), rule, to: archiveTo, archived: null }
        pending.set(keyOf(cleanup, host, rule), one)
      }
    }
    const key = keyOf(cleanup, host, String(data['rule']))
    const known = pending.get(key)
    if (known === undefined) continue
    if (type === 'cleanup.archived') pending.set(key, { ...known, archived: data as unknown as Archived })
    if (type === 'cleanup.archive.ended' && data['outcome'] === 'done') pending.delete(key)
  }
  return [...pending.values()]
}

/** Whether what a rule took on a host was archived, and is gone from there. */
export function isArchived(
  events: readonly Event[],
  cleanup: unknown,
  host: string | undefined,
  rule: unknown,
): boolean {
  return events.some(
    ({ type, subject, data }) =>
      type === 'cleanup.archive.ended' &&
      subject === host &&
      data['cleanup'] === cleanup &&
      data['rule'] === rule &&
      data['outcome'] === 'done',
  )
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
