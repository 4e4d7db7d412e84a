import { create, remove, replace, type StackCase, unknown, update } from './case.ts'

const lock = (mode: string, span: object) => ({ bucket: 'b', rule: { defaultRetention: { mode, ...span } } })
const status = (text: string, more: object = {}) => ({ versioningConfiguration: { status: text, ...more } })
const encrypted = (sseAlgorithm: string, kmsMasterKeyId?: string) => ({
  rules: [
    {
      applyServerSideEncryptionByDefault: { sseAlgorithm, ...(kmsMasterKeyId ? { kmsMasterKeyId } : {}) },
      bucketKeyEnabled: true,
    },
  ],
})
const rule = (more: object) => ({ id: 'old', status: 'Enabled', filter: { prefix: '' }, ...more })
const ends = (noncurrentDays: number) => rule({ noncurrentVersionExpiration: { noncurrentDays } })
const kinds = {
  lock: 's3/bucketObjectLockConfiguration',
  versions: 's3/bucketVersioning',
  encryption: 's3/bucketServerSideEncryptionConfiguration',
  lifecycle: 's3/bucketLifecycleConfiguration',
}
const retained = { old: { retainOnDelete: true } }
const daily = { ruleName: 'daily', targetVaultName: 'v', schedule: 'cron(0 2 * * ? *)' }

/** What is said of retention, lock, versions and encryption. */
export const protectionCases: readonly StackCase[] = [
  {
    it: 'a lock becomes shorter',
    steps: [update(kinds.lock, lock('COMPLIANCE', { days: 30 }), lock('COMPLIANCE', { days: 7 }))],
    gives: ['shortens-retention rule.defaultRetention.days'],
  },
  {
    it: 'a lock becomes longer',
    steps: [update(kinds.lock, lock('GOVERNANCE', { days: 7 }), lock('GOVERNANCE', { days: 30 }))],
    near: ['shortens-retention', 'weakens-lock'],
    gives: [],
  },
  {
    it: 'a lock of a year is written in days',
    steps: [update(kinds.lock, lock('GOVERNANCE', { years: 1 }), lock('GOVERNANCE', { days: 365 }))],
    near: ['shortens-retention'],
    gives: [],
  },
  {
    it: 'a lock is as the program says, but was lengthened by hand',
    steps: [
      update(kinds.lock, lock('GOVERNANCE', { days: 7 }), lock('GOVERNANCE', { days: 7 }), {
        outputs: lock('GOVERNANCE', { days: 90 }),
      }),
    ],
    gives: ['shortens-retention rule.defaultRetention.days'],
  },
  {
    it: 'old versions go sooner',
    steps: [update(kinds.lifecycle, { rules: [ends(90)] }, { rules: [ends(31)] })],
    gives: ['shortens-retention rules[old].noncurrentVersionExpiration.noncurrentDays'],
  },
  {
    it: 'what never expired expires',
    steps: [update(kinds.lifecycle, { rules: [] }, { rules: [rule({ expiration: { days: 400 } })] })],
    gives: ['shortens-retention rules[old].expiration.days'],
  },
  {
    it: 'a rule that was about logs alone is about everything',
    steps: [
      update(
        kinds.lifecycle,
        { rules: [{ ...ends(90), filter: { prefix: 'logs/' } }] },
        { rules: [ends(90)] },
      ),
    ],
    gives: ['shortens-retention rules[old].filter'],
  },
  {
    it: 'a rule of lifecycle has another name and goes later, and the provider wrote out what nobody asked for',
    steps: [
      update(
        kinds.lifecycle,
        { rules: [ends(31)] },
        {
          rules: [
            { ...ends(31), id: 'other' },
            { ...rule({ expiration: { days: 1 } }), id: 'off', status: 'Disabled' },
          ],
        },
      ),
      update(
        kinds.lifecycle,
        { rules: [ends(31)] },
        { rules: [ends(90)] },
        {
          name: 'two',
          outputs: { rules: [{ ...ends(31), expiration: { days: 0 }, prefix: '' }] },
        },
      ),
      update(
        kinds.lifecycle,
        { rules: [ends(31)] },
        { rules: [{ ...ends(31), id: 'other', __defaults: ['x'] }] },
        {
          name: 'three',
          outputs: { rules: [{ ...ends(31), prefix: '' }] },
        },
      ),
    ],
    near: ['shortens-retention'],
    gives: [],
  },
  {
    it: 'backups of a plan go after a week, which stayed for ever',
    steps: [
      update('backup/plan', { rules: [daily] }, { rules: [{ ...daily, lifecycle: { deleteAfter: 7 } }] }),
    ],
    gives: ['shortens-retention rules[daily].lifecycle.deleteAfter'],
  },
  {
    it: 'a plan makes fewer backups',
    steps: [update('backup/plan', { rules: [daily, { ...daily, ruleName: 'x' }] }, { rules: [daily] })],
    gives: ['shortens-retention rules[x]'],
  },
  {
    it: 'a plan makes more backups',
    steps: [
      update(
        'backup/plan',
        { rules: [daily] },
        {
          rules: [daily, { ...daily, ruleName: 'x', lifecycle: { deleteAfter: 7 } }],
        },
      ),
    ],
    near: ['shortens-retention'],
    gives: [],
  },
  {
    it: 'backups of a database are kept for a day, or none',
    steps: [
      update('rds/instance', { backupRetentionPeriod: 14 }, { backupRetentionPeriod: 1 }),
      update('rds/cluster', { backupRetentionPeriod: 14 }, {}, { name: 'c' }),
    ],
    gives: ['shortens-retention backupRetentionPeriod', 'shortens-retention backupRetentionPeriod'],
  },
  {
    it: 'a log that was kept for ever is kept for a month',
    steps: [update('cloudwatch/logGroup', { retentionInDays: 0 }, { retentionInDays: 30 })],
    gives: ['shortens-retention retentionInDays'],
  },
  {
    it: 'a log is kept for ever',
    steps: [update('cloudwatch/logGroup', { retentionInDays: 30 }, { retentionInDays: 0 })],
    near: ['shortens-retention'],
    gives: [],
  },
  {
    it: 'a plan of backups is deleted',
    steps: [remove('backup/plan', { rules: [daily] })],
    gives: ['shortens-retention resource'],
  },
  {
    it: 'some may lift a lock that nobody could',
    steps: [update(kinds.lock, lock('COMPLIANCE', { days: 7 }), lock('GOVERNANCE', { days: 7 }))],
    gives: ['weakens-lock rule.defaultRetention.mode'],
  },
  {
    it: 'a lock is deleted',
    steps: [remove(kinds.lock, lock('GOVERNANCE', { days: 7 }))],
    gives: ['weakens-lock resource'],
  },
  {
    it: 'a lock leaves the stack and stays with its bucket',
    steps: [remove(kinds.lock, lock('GOVERNANCE', { days: 7 }), retained)],
    near: ['weakens-lock'],
    gives: [],
  },
  {
    it: 'a lock goes to another bucket',
    steps: replace(
      kinds.lock,
      lock('GOVERNANCE', { days: 7 }),
      { ...lock('GOVERNANCE', { days: 7 }), bucket: 'c' },
      ['bucket'],
    ),
    gives: ['weakens-lock resource'],
  },
  {
    it: 'versions go to a bucket that is not made yet',
    steps: replace(
      kinds.versions,
      { ...status('Enabled'), bucket: 'b' },
      { ...status('Enabled'), bucket: unknown },
      ['bucket'],
    ),
    gives: ['weakens-versioning resource (may)'],
  },
  {
    it: 'a lock goes to another bucket, and that of the first stays',
    steps: replace(
      kinds.lock,
      lock('GOVERNANCE', { days: 7 }),
      { ...lock('GOVERNANCE', { days: 7 }), bucket: 'c' },
      ['bucket'],
      { old: { retainOnDelete: true }, next: { retainOnDelete: true } },
    ),
    near: ['weakens-lock'],
    gives: [],
  },
  {
    it: 'nobody may lift a lock any more, and of a new type of the provider',
    steps: [
      update(
        'aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2',
        lock('GOVERNANCE', { days: 7 }),
        lock('COMPLIANCE', { days: 7 }),
      ),
    ],
    near: ['weakens-lock'],
    gives: [],
  },
  {
    it: 'versions are suspended',
    steps: [update(kinds.versions, status('Enabled'), status('Suspended'))],
    gives: ['weakens-versioning versioningConfiguration.status'],
  },
  {
    it: 'versions need no second factor',
    steps: [
      update(
        kinds.versions,
        status('Enabled', { mfaDelete: 'Enabled' }),
        status('Enabled', { mfaDelete: 'Disabled' }),
      ),
    ],
    gives: ['weakens-versioning versioningConfiguration.mfaDelete'],
  },
  {
    it: 'versions are deleted with their setting',
    steps: [remove(kinds.versions, status('Enabled'))],
    gives: ['weakens-versioning resource'],
  },
  {
    it: 'versions begin',
    steps: [update(kinds.versions, status('Suspended'), status('Enabled'))],
    near: ['weakens-versioning'],
    gives: [],
  },
  {
    it: 'objects are encrypted with the keys of S3',
    steps: [update(kinds.encryption, encrypted('aws:kms', 'k'), encrypted('AES256'))],
    gives: ['weakens-encryption rules[0].applyServerSideEncryptionByDefault.sseAlgorithm'],
  },
  {
    it: 'objects are encrypted with the key of somebody else',
    steps: [update(kinds.encryption, encrypted('aws:kms', 'ours'), encrypted('aws:kms', 'theirs'))],
    gives: ['weakens-encryption rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId'],
  },
  {
    it: 'a key grows old, and is disabled',
    steps: [
      update(
        'kms/key',
        { enableKeyRotation: true, isEnabled: true },
        { enableKeyRotation: false, isEnabled: false },
      ),
    ],
    gives: ['weakens-encryption enableKeyRotation', 'weakens-encryption isEnabled'],
  },
  {
    it: 'objects are encrypted with a key, twice',
    steps: [update(kinds.encryption, encrypted('AES256'), encrypted('aws:kms:dsse', 'k'))],
    near: ['weakens-encryption'],
    gives: [],
  },
  {
    it: 'a new volume is not encrypted',
    steps: [create('ebs/volume', { encrypted: false })],
    near: ['weakens-encryption'],
    gives: [],
  },
]
