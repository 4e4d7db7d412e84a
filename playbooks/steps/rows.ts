import type { Step } from '../../schemas/plan.ts'
import type { Subject } from './subject.ts'

/** Writes a row that must outlive the way back over the old packages (test ring only). */
export function mark(subject: Subject): readonly Step[] {
  return subject.databases.map((database) => ({
    id: `rows.mark-${database.name}`,
    does: 'rows.mark',
    says: `write a row into ${database.name} that must outlive the way back`,
    effect: 'prepares' as const,
    limitMs: subject.limitMs,
    action: { kind: 'rows.mark' as const, port: database.port, database: database.name },
  }))
}

/** The row is still there. */
export function kept(subject: Subject): readonly Step[] {
  return subject.databases.map((database) => ({
    id: `rows.kept-${database.name}`,
    does: 'rows.kept',
    says: `see that the row in ${database.name} was kept`,
    effect: 'reads' as const,
    limitMs: subject.limitMs,
    action: { kind: 'rows.kept' as const, port: database.port, database: database.name },
  }))
}
