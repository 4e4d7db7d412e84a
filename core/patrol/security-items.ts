import type { PatrolItem } from '../../schemas/patrol.ts'
import { type Item, least, most } from './item.ts'

/** Figures of patches, certificates and log-ins. */
export const securityItems = {
  certificates: {
    title: 'certificate ends in',
    unit: 'd',
    limit: least(30, 7, 0),
    source:
      'R2.3: who has none that is valid is answered by nobody; a renewal by hand takes weeks, one by ACME comes 30 days before the end',
  },
  securityUpdates: {
    title: 'security updates pending',
    unit: '',
    limit: most(0, null, 0),
    source: 'R3.1 "patches and fixes: watched"',
  },
  securityUpdateAge: {
    title: 'oldest security update pending for',
    unit: 'd',
    limit: most(21, 42, 0),
    source: 'R3.2: two weeks of soak and one for notice and window; twice that is forgotten',
  },
  updateIndexes: {
    title: 'package indexes are of',
    unit: 'd',
    limit: most(3, null, 0),
    source:
      'R3.1: Debian and Ubuntu sign those of security anew each day; what is older knows nothing of today',
  },
  rootLogins: {
    title: 'root logged in by password',
    unit: '',
    limit: most(0, 0, 0),
    source: 'R2.7 "abnormal log-ins"',
  },
  loginsAfterFailures: {
    title: 'logged in after five failures',
    unit: '',
    limit: most(0, 0, 0),
    source: 'R2.7 "repeated failures": a password that was guessed looks like that',
  },
  newAddresses: {
    title: 'first log-in from there',
    unit: '',
    limit: most(0, null, 0),
    source: 'R2.7 "abnormal log-ins": by what earlier inspections saw',
  },
  disabledAccounts: {
    title: 'tried with an account that may not',
    unit: '',
    limit: most(0, null, 0),
    source: 'R2.7 "abnormal log-ins": locked, expired, without a shell, or not among those allowed',
  },
  unknownAccounts: {
    title: 'tries with accounts that do not exist',
    unit: '',
    limit: most(0, null, 0),
    source: 'R2.7 "abnormal log-ins"; a host that the Internet can reach needs a limit of its own',
  },
} satisfies Partial<Record<PatrolItem, Item>>
