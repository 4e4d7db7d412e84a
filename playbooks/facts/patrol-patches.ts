import { absentFigure, type Figure, seenFigure, unknownFigure } from '../../core/patrol/figure.ts'
import type { PatrolMemory } from '../../schemas/patrol-memory.ts'
import type { Answer } from './answer.ts'
import { count, lines, section } from './patrol-section.ts'

const dayMs = 86_400_000
/** Indexes that are older (days) know so little of today that "none pending" says nothing. */
const knowsDays = 10
const mostUpdates = 500
const form =
  /^(?:index (?<ageS>\d{1,12})|(?<name>[A-Za-z0-9.+:_-]{1,120}) (?<version>[A-Za-z0-9.+:~^_-]{1,120}))$/

type Updates = NonNullable<PatrolMemory['updates']>

/** Security updates that wait, for how long the oldest has (since an inspection first saw it), and of when the indexes are. */
export function readPatches(
  answer: Answer,
  o: { readonly last: PatrolMemory | undefined; readonly nowMs: number },
): { readonly figures: readonly Figure[]; readonly updates: Updates } {
  const before = new Map(Object.entries(o.last?.updates ?? {}))
  const kept = Object.fromEntries(before)
  const both = (figure: (item: 'securityUpdates' | 'securityUpdateAge') => Figure) => [
    figure('securityUpdates'),
    figure('securityUpdateAge'),
  ]
  const manager = section(answer, 'manager', /^(apt|dnf|none)$/)
  if (!manager.ok) return { figures: both((item) => unknownFigure(item, manager.why)), updates: kept }
  if (manager.value === 'none')
    return { figures: both((item) => absentFigure(item, 'no package manager that is known')), updates: kept }
  const isApt = manager.value === 'apt'
  const { rows: all, why } = lines(answer, 'updates', form)
  const rows = all.filter((row) => row['name'] !== undefined)
  const indexes = isApt
    ? lines(answer, 'indexes', /^(?<signed>\d{9,11})$/)
    : { rows: all.filter((row) => row['ageS'] !== undefined), why }
  // Of apt the newest index of security; of dnf each repository may be the one with an advisory, so the oldest.
  const signed = isApt
    ? Math.max(...indexes.rows.map((row) => count(row['signed'])))
    : o.nowMs / 1000 - Math.max(...indexes.rows.map((row) => count(row['ageS'])))
  if (indexes.why !== null || indexes.rows.length === 0) {
    const because = indexes.why ?? 'the host has no index of security updates'
    const figures = [...both((item) => unknownFigure(item, because)), unknownFigure('updateIndexes', because)]
    return { figures, updates: kept }
  }
  const ageDays = Math.max(0, o.nowMs / dayMs - signed / 86_400)
  const age = seenFigure('updateIndexes', ageDays, {
    said: new Date(signed * 1000).toISOString().slice(0, 10),
  })
  const blind = why ?? (ageDays > knowsDays ? 'the indexes on the host are too old to say' : null)
  const nowIso = new Date(o.nowMs).toISOString()
  const pending = rows
    .slice(0, mostUpdates)
    .map(
      ({ name = '', version = '' }) =>
        [`${name} ${version}`, before.get(`${name} ${version}`) ?? nowIso] as const,
    )
  if (why !== null) return { figures: [...both((item) => unknownFigure(item, why)), age], updates: kept }
  if (blind !== null && rows.length === 0)
    return { figures: [...both((item) => unknownFigure(item, blind)), age], updates: kept }
  const oldest = Math.min(o.nowMs, ...pending.map(([, time]) => Date.parse(time)))
  const names = pending.slice(0, 5).map(([name]) => name)
  const more = rows.length > names.length ? [`and ${rows.length - names.length} more`] : []
  return {
    figures: [
      seenFigure(
        'securityUpdates',
        rows.length,
        names.length === 0 ? {} : { said: [...names, ...more].join(', ') },
      ),
      seenFigure('securityUpdateAge', (o.nowMs - oldest) / dayMs),
      age,
    ],
    updates: Object.fromEntries(pending),
  }
}
