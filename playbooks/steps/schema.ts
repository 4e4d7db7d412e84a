import type { Step } from '../../schemas/plan.ts'
import type { Subject } from './subject.ts'

type Database = Subject['databases'][number] & { readonly on?: string }

/** Records the schema of each database that the host may change, and how far its engine has written, before it does. */
export function take(subject: Subject): readonly Step[] {
  return all(subject).map((database) => ({
    id: `schema.take-${named(database)}`,
    does: 'schema.take',
    says: `record the schema of ${inWords(database)} by hash, and how far its engine has written`,
    effect: 'reads' as const,
    limitMs: subject.limitMs,
    action: { kind: 'schema.take' as const, ...place(database) },
  }))
}

/** Sees whether the patch has moved a schema: what the test ring finds is known before production. */
export function look(subject: Subject): readonly Step[] {
  return all(subject).map((database) => ({
    id: `schema.look-${named(database)}`,
    does: 'schema.look',
    says: `see whether the patch moved the schema of ${inWords(database)}`,
    effect: 'reads' as const,
    limitMs: subject.limitMs,
    action: { kind: 'schema.look' as const, ...place(database) },
  }))
}

/** The schema of each database is as it was recorded; one that moved is dumped and its host left to a person. */
export function compare(subject: Subject): readonly Step[] {
  return compared(subject, all(subject), '')
}

/** The same for databases on other hosts alone: the snapshot of this one does not bring them back. */
export function compareElsewhere(subject: Subject): readonly Step[] {
  return compared(subject, subject.databasesElsewhere, '-snapshot-back')
}

function compared(subject: Subject, databases: readonly Database[], suffix: string): readonly Step[] {
  return databases.map((database) => ({
    id: `schema.compare-${named(database)}${suffix}`,
    does: 'schema.compare',
    says: `see that the schema of ${inWords(database)} did not move; else count what was committed since, dump it, and ask a person`,
    effect: 'prepares' as const,
    limitMs: subject.limitMs,
    action: { kind: 'schema.compare' as const, ...place(database) },
  }))
}

function all({ databases, databasesElsewhere }: Subject): readonly Database[] {
  return [...databases, ...databasesElsewhere]
}

function place({ name, port, on }: Database) {
  return { port, database: name, ...(on === undefined ? {} : { on }) }
}

/** What the steps about a database are told apart by; `on`: another host that carries it. */
export function named({ name, on }: { readonly name: string; readonly on?: string | undefined }): string {
  return on === undefined ? name : `${name}-on-${on}`
}

function inWords({ name, on }: Database): string {
  return on === undefined ? name : `${name} on ${on}`
}
