import type { CaseFound, CaseWorld } from './case.ts'
import { type JournalFigure, measureJournals, operations } from './journal.ts'
import { tableLines } from './table.ts'

const sizes = [10_000, 100_000, 1_000_000]

/** Journals of growing length, verified and folded, each in a process of its own. */
export async function journalCase({ tell }: CaseWorld): Promise<CaseFound> {
  tell(`  journals of ${sizes.join(', ')} events`)
  const figures = await measureJournals(sizes)
  return {
    says: [
      'A right chain of events as rollouts write them. verify: the chain alone; fold: rollouts',
      'folded as events come; status: all events held, then folded. growth: time an event',
      'against the journal of a tenth of the length (1.00: in step with the length).',
    ],
    table: tableLines(
      ['what', 'events', 'MB on disk', 's', 'us an event', 'growth', 'peak MB'],
      figures.map((one) => {
        const growth = growthOf(figures, one)
        return [
          one.operation,
          String(one.events),
          (one.bytes / 1e6).toFixed(0),
          (one.ms / 1000).toFixed(2),
          ((one.ms / one.events) * 1000).toFixed(1),
          growth === undefined ? '-' : growth.toFixed(2),
          (one.peakBytes / 1e6).toFixed(0),
        ]
      }),
    ),
    goals: operations.map((operation) => ({
      says: `${operation}: 1,000,000 events to 100,000, an event`,
      found: growthOf(
        figures,
        figures.find((one) => one.operation === operation && one.events === 1_000_000),
      ),
      // In step with the length, and what a machine that does other things too makes of that.
      limit: 1.25,
      unit: 'x',
    })),
  }
}

/** Time an event against that in the next shorter journal; undefined for the shortest. */
export function growthOf(
  figures: readonly JournalFigure[],
  one: JournalFigure | undefined,
): number | undefined {
  const shorter = figures
    .filter(({ operation, events }) => operation === one?.operation && events < one.events)
    .sort((a, b) => b.events - a.events)[0]
  return one === undefined || shorter === undefined
    ? undefined
    : one.ms / one.events / (shorter.ms / shorter.events)
}
