import type { Step } from '../../schemas/plan.ts'
import type { Subject } from './subject.ts'

/** Records the schema of each database, and how far its engine has written, before anything changes. */
export function take(subject: Subject): readonly Step[] {
  return subject.databases.map((database) => ({
    id: `schema.take-${database.name}`,
    does: 'schema.take',
    says: `record the schema of ${database.name} by hash, and how far its engine has written`,
    effect: 'reads' as const,
    limitMs: subject.limitMs,
    action: { kind: 'schema.take' as const, port: database.port, database: database.name },
  }))
}

/** The schema of each database is as it was recorded; one that moved is dumped and its host left to a person. */
export function compare(subject: Subject): readonly Step[] {
  return subject.databases.map((database) => ({
    id: `schema.compare-${database.name}`,
    does: 'schema.compare',
    says: `see that the schema of ${database.name} did not move; else count what was committed since, dump it, and ask a person`,
    effect: 'prepares' as const,
    limitMs: subject.limitMs,
    action: { kind: 'schema.compare' as const, port: database.port, database: database.name },
  }))
}
