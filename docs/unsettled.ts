/**
 * Tests that were not yet green twice together with all the others: `npm test` leaves them out and names them,
 * `npm run test:lab` runs them, and the page of faults says so beside what they show.
 */
export const unsettled: readonly string[] = [
  'test/facts/patrol-mariadb.lab.test.ts',
  'test/lab/archive.lab.test.ts',
  'test/lab/erp-migration.lab.test.ts',
  'test/lab/erp-snapshot.lab.test.ts',
  'test/lab/oa-faults.lab.test.ts',
  'test/lab/patrol-erp.lab.test.ts',
  'test/lab/patrol.lab.test.ts',
  'test/lab/schedule.lab.test.ts',
  'test/stand-in/provider.lab.test.ts',
  'test/stacks/engine.lab.test.ts',
  'test/stacks/killed.lab.test.ts',
  'test/stacks/restic.lab.test.ts',
]
