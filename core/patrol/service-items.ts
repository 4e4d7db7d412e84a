import type { PatrolItem } from '../../schemas/patrol.ts'
import { type Item, most } from './item.ts'

/** Figures of databases and of business functions. */
export const serviceItems = {
  database: {
    title: 'database does not answer',
    unit: '',
    limit: most(0, 0, 0),
    source: 'R2.2: by its own client, over its socket',
  },
  databaseConnections: {
    title: 'database connections',
    unit: '%',
    limit: most(80, 95, 5),
    source: 'R2.2 "connections <= 80 % of the maximum", without what is reserved for administrators',
  },
  oldestTransaction: {
    title: 'oldest transaction',
    unit: 's',
    limit: most(900, 3600, 0),
    source: 'R2.2: nothing that died since it began can be cleaned up; postgres_mixin asks after minutes',
  },
  slowQueries: {
    title: 'slow queries in a day',
    unit: '',
    limit: most(10, null, 0),
    source: 'R2.2 "slow queries > 10 a day is a warning"; slow is a second and more',
  },
  databaseLog: {
    title: 'log of the database',
    unit: 'MB',
    limit: most(1024, 10_240, 64),
    source: 'R2.2 "log file size": what is beyond 1 GB nobody reads, nor rotates',
  },
  databaseErrors: {
    title: 'errors in the log of the database',
    unit: '',
    limit: most(100, null, 0),
    source: 'R2.2 "error log": since the last inspection; an application makes some by its nature',
  },
  databasePanics: {
    title: 'panics and damage in the log of the database',
    unit: '',
    limit: most(0, 0, 0),
    source: 'R2.2 "error log": PANIC, or pages that can not be read',
  },
  replication: {
    title: 'replication stands',
    unit: '',
    limit: most(0, 0, 0),
    source: 'R2.2: a standby that the estate names and that receives nothing',
  },
  replicationLag: {
    title: 'replication behind by',
    unit: 's',
    limit: most(60, 300, 0),
    source: 'R2.2: what a loss of the primary would lose',
  },
  slotRetained: {
    title: 'log kept for a slot',
    unit: 'MB',
    limit: most(1024, 10_240, 64),
    source: 'R2.2: a slot that nobody reads fills the disk',
  },
  deadRows: {
    title: 'dead rows',
    unit: '%',
    limit: most(30, 60, 5),
    source: 'R2.2: autovacuum should have come at 20 %; of tables with 10,000 and more',
  },
  wraparound: {
    title: 'transaction numbers used',
    unit: '%',
    limit: most(30, 60, 0),
    source: 'R2.2: of 2^31; autovacuum goes to work at 9 %, check_postgres calls 60 % a warning',
  },
  databaseSize: {
    title: 'size of the database',
    unit: 'MB',
    limit: most(1_000_000, null, 10_000),
    source: 'R2.2, R5.3 "recovery <= 30 minutes": 1 TB is not put back in time; the five largest',
  },
  tableSize: {
    title: 'size of the table',
    unit: 'MB',
    limit: most(100_000, null, 1_000),
    source:
      'R2.2: with its indexes; PostgreSQL calls a table for partitions that outgrows the memory; the five largest',
  },
  functions: {
    title: 'business function fails',
    unit: '',
    limit: most(0, 0, 0),
    source: 'R2.3 "key functions really exercised"',
  },
  stepTimes: {
    title: 'step took',
    unit: 's',
    limit: most(2, null, 0.2),
    source: 'R2.3 "interface response time <= 2 s"',
  },
} satisfies Partial<Record<PatrolItem, Item>>
