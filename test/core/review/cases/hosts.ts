import { createHash } from 'node:crypto'
import type { HostPlan, PackageChange, PackageFile, PatchPlan, Step } from '../../../../schemas/plan.ts'

/** What a host of production and its test host must give, most dangerous first. */
export type HostCase = {
  readonly it: string
  /** What the production host has that its test host has not. */
  readonly host?: Partial<HostPlan>
  readonly policy?: Partial<PatchPlan['policy']>
  readonly gives: readonly string[]
  readonly near?: readonly string[]
}

function fileOf(name: string, version: string): PackageFile {
  const sha256 = createHash('sha256').update(`${name} ${version}`).digest('hex')
  return { version, sha256, bytes: 1, source: 'repository' }
}

function packageChange(name: string, from: string | null, to: string): PackageChange {
  return {
    name,
    architecture: 'amd64',
    from: from === null ? null : fileOf(name, from),
    fromVersion: from,
    to: fileOf(name, to),
    origin: 'Debian-Security',
    security: true,
    changelog: true,
    cves: [],
  }
}

const step = (id: string, effect: Step['effect'], action: Step['action']): Step => {
  return { id, does: id, says: id, effect, limitMs: 1000, action }
}
const snapshot = step('snapshot.take', 'prepares', { kind: 'snapshot.take', name: 's' })
const install = step('apt.install', 'changes', { kind: 'script', script: '', args: [] })
const restart = step('host.reboot', 'changes', { kind: 'reboot', only: 'when-needed' })
const tidy = step('packages.remove', 'tidies', { kind: 'script', script: '', args: [] })

/** Steps of a host of which nothing has to be said; so are its packages. */
export const plainSteps: readonly Step[] = [snapshot, install, restart, tidy]
export const plainPackages: readonly PackageChange[] = [packageChange('openssl', '3.0.11-1', '3.0.15-1')]

const back = (...rows: readonly Step[]) => ({ untouched: [], snapshot: [...rows], packages: [] })

export const hostCases: readonly HostCase[] = [
  {
    it: 'what was tried is installed behind a snapshot',
    near: ['skips-snapshot', 'skips-test', 'removes-package', 'downgrades'],
    gives: [],
  },
  { it: 'no snapshot', host: { steps: [install] }, gives: ['skips-snapshot snapshot'] },
  {
    it: 'the snapshot comes too late',
    host: { steps: [install, snapshot] },
    gives: ['skips-snapshot snapshot'],
  },
  {
    it: 'the snapshot leaves a mount out',
    host: {
      steps: [{ ...snapshot, action: { kind: 'snapshot.take', name: 's', outside: ['/data'] } }, install],
    },
    gives: ['skips-snapshot snapshot'],
  },
  {
    it: 'nothing is changed, so nothing is needed',
    host: { steps: [tidy], packages: [] },
    near: ['skips-snapshot'],
    gives: [],
  },
  {
    it: 'other bytes than on the test host',
    host: { packages: [packageChange('openssl', '3.0.11-1', '3.0.16-1')] },
    gives: ['skips-test test'],
  },
  {
    it: 'no way back is rehearsed, and there is no time between',
    policy: { rehearsal: 'none', soakMs: 0 },
    gives: ['skips-test policy.rehearsal', 'skips-test policy.soakMs'],
  },
  { it: 'one way back is rehearsed', policy: { rehearsal: 'snapshot' }, near: ['skips-test'], gives: [] },
  {
    it: 'software leaves the host',
    host: { steps: [snapshot, install, { ...tidy, id: 'apt.remove', does: 'apt.remove' }] },
    gives: ['removes-package steps[apt.remove]'],
  },
  {
    it: 'what is new goes again with the way back',
    host: { packages: [...plainPackages, packageChange('libnew', null, '1')] },
    gives: ['skips-test test', 'removes-package packages[libnew]'],
  },
  {
    it: 'older packages',
    host: {
      packages: [
        packageChange('a', '1:1.0', '2.0'),
        packageChange('b', '1.0', '1.0~rc1'),
        packageChange('c', '1.10', '1.9'),
      ],
    },
    gives: [
      'skips-test test',
      'skips-test test',
      'skips-test test',
      'downgrades packages[a]',
      'downgrades packages[b]',
      'downgrades packages[c]',
    ],
  },
  {
    it: 'newer packages that look older, as rpm counts',
    host: {
      manager: 'dnf',
      packages: [
        packageChange('kernel', '5.14.0-427.el9', '5.14.0-427.13.1.el9_4'),
        packageChange('a', '1.0~rc1', '1.0'),
      ],
    },
    near: ['downgrades'],
    gives: ['skips-test test', 'skips-test test'],
  },
  {
    it: 'a database server is changed and starts anew',
    host: {
      packages: [packageChange('postgresql-15', '15.8-0', '15.9-0')],
      restarts: [{ unit: 'postgresql@15-main.service', because: ['libssl'] }],
    },
    gives: [
      'skips-test test',
      'touches-database packages[postgresql-15]',
      'touches-database restarts[postgresql@15-main.service]',
    ],
  },
  {
    it: 'the host of a database, which a standby follows, is changed',
    host: {
      back: back(step('rows.count', 'prepares', { kind: 'rows.count', port: 5432, database: 'erp' })),
      standbys: ['db2'],
    },
    gives: ['touches-database databases', 'touches-database standbys'],
  },
  {
    it: 'a client and a library of a database are no server',
    host: {
      packages: [
        packageChange('postgresql-client-15', '15.8-0', '15.9-0'),
        packageChange('libpq5', '15.8-0', '15.9-0'),
      ],
      restarts: [{ unit: 'pgbouncer.service', because: [] }],
    },
    near: ['touches-database'],
    gives: ['skips-test test', 'skips-test test'],
  },
  { it: 'a reboot', host: { reboot: { needed: 'yes', why: ['kernel'] } }, gives: ['reboots reboot'] },
  { it: 'perhaps a reboot', host: { reboot: { needed: 'may', why: [] } }, gives: ['reboots reboot (may)'] },
  {
    it: 'a reboot would be needed, and is not done',
    host: { reboot: { needed: 'yes', why: ['kernel'] }, steps: [snapshot, install] },
    near: ['reboots'],
    gives: [],
  },
]
