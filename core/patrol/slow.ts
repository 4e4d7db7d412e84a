import type { PatrolMemory } from '../../schemas/patrol-memory.ts'

type Engine = NonNullable<PatrolMemory['engines']>[string]
type Statements = NonNullable<Engine['statements']>

const dayMs = 86_400_000
/** A statement that takes as long (ms) is slow. */
const slowMs = 1_000

/**
 * Calls of statements since the last inspection that took a second and more, the mean of each statement's calls since then;
 * null when there is nothing to compare with. `reset`: what the engine says of when it began to count; from there all counts.
 */
export function slowCalls(
  now: { readonly statements: Statements; readonly reset: string | null },
  last: Pick<Engine, 'statements' | 'reset'> | undefined,
): number | null {
  if (last?.statements === undefined) return null
  const before = new Map(now.reset === (last.reset ?? null) ? Object.entries(last.statements) : [])
  let slow = 0
  for (const [id, [calls, ms]] of Object.entries(now.statements)) {
    const [callsBefore, msBefore] = before.get(id) ?? [0, 0]
    // A count that went back began anew.
    const isSame = calls >= callsBefore && ms >= msBefore
    const more = isSame ? calls - callsBefore : calls
    const took = isSame ? ms - msBefore : ms
    if (more > 0 && took / more >= slowMs) slow += more
  }
  return slow
}

/** What inspections counted within a day, this one's `count` with them; an inspection that looked back further has its daily share. */
export function slowInADay(
  earlier: NonNullable<Engine['slow']>,
  o: { readonly count: number; readonly time: string; readonly lastTime: string | null },
): { readonly perDay: number; readonly kept: NonNullable<Engine['slow']> } {
  const nowMs = Date.parse(o.time)
  const kept = [
    ...earlier.filter(({ time }) => nowMs - Date.parse(time) < dayMs),
    { time: o.time, count: o.count },
  ]
  const days = o.lastTime === null ? 1 : Math.max(1, (nowMs - Date.parse(o.lastTime)) / dayMs)
  const before = kept.slice(0, -1).reduce((sum, { count }) => sum + count, 0)
  return { perDay: before + o.count / days, kept: kept.slice(-100) }
}
