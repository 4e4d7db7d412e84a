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

/**
 * Nothing would be lost with the host as it is: once for each engine, what was committed since before the snapshot is
 * counted. More than a person has agreed to lose is dumped to the controller, and the snapshot stays where it is.
 */
export function count(subject: Subject): readonly Step[] {
  const engines = subject.databases.filter(
    ({ port }, at) => subject.databases.findIndex((one) => one.port === port) === at,
  )
  return engines.map(({ port, name }) => ({
    id: `rows.count-${port}`,
    does: 'rows.count',
    says: `see that nobody wrote into the engine on port ${port} since the snapshot; else dump it, and do not go back by the snapshot`,
    effect: 'prepares' as const,
    limitMs: subject.limitMs,
    action: { kind: 'rows.count' as const, port, database: name },
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
