import { create, remove, replace, type StackCase, unknown, update } from './case.ts'

const store = { within: 'upkeep:backup:OffsiteStore' }
const bucket = { bucket: 'backups', objectLockEnabled: true, forceDestroy: false }
const retained = { old: { retainOnDelete: true } }

/** What is said of stores of backups, of what holds state, and of what keeps both from being deleted. */
export const storeCases: readonly StackCase[] = [
  {
    it: 'a bucket that locks what is stored is deleted',
    steps: [remove('s3/bucket', bucket)],
    gives: ['deletes-store resource'],
  },
  {
    it: 'a store leaves the stack and stays in the account',
    steps: [remove('s3/bucket', bucket, retained)],
    gives: ['replaces-state resource'],
  },
  {
    it: 'another name replaces a store of Upkeep',
    steps: replace('s3/bucket', { bucket: 'a' }, { bucket: 'b' }, ['bucket'], store),
    gives: ['deletes-store resource'],
  },
  {
    it: 'the key of a store is deleted',
    steps: [remove('kms/key', { enableKeyRotation: true }, store)],
    gives: ['deletes-store resource'],
  },
  {
    it: 'a vault of backups is deleted, as an earlier update has left it',
    steps: [remove('backup/vault', { name: 'v' }, { old: { delete: true } })],
    gives: ['deletes-store resource'],
  },
  {
    it: 'a store is made',
    steps: [
      create('s3/bucket', bucket, { ...store, next: { outputs: { acl: 'private', forceDestroy: true } } }),
    ],
    near: ['deletes-store'],
    gives: [],
  },
  {
    it: 'a store gets other tags',
    steps: [update('s3/bucket', { ...bucket, tags: { a: '1' } }, { ...bucket, tags: { a: '2' } }, store)],
    near: ['deletes-store', 'replaces-state'],
    gives: [],
  },
  {
    it: 'a database is replaced',
    steps: replace('rds/instance', { engine: 'a' }, { engine: 'b' }, ['engine']),
    gives: ['replaces-state resource'],
  },
  {
    it: 'a volume is replaced if what is not known yet turns out to be another',
    steps: replace('ebs/volume', { availabilityZone: 'a' }, { availabilityZone: unknown }, [
      'availabilityZone',
    ]),
    gives: ['replaces-state resource (may)'],
  },
  {
    it: 'a resource of any kind that somebody protected is deleted',
    steps: [remove('random:index/randomId:RandomId', {}, { old: { protect: true } })],
    gives: ['replaces-state resource'],
  },
  {
    it: 'a policy that holds no state is replaced',
    steps: replace('ssm/patchBaseline', { name: 'a' }, { name: 'b' }, ['name']),
    near: ['replaces-state'],
    gives: [],
  },
  {
    it: 'a deletion would empty a bucket',
    steps: [update('s3/bucket', { forceDestroy: false }, { forceDestroy: true })],
    gives: ['force-destroy forceDestroy'],
  },
  {
    it: 'a new database is deleted without a last snapshot',
    steps: [create('rds/instance', { skipFinalSnapshot: true })],
    gives: ['force-destroy skipFinalSnapshot'],
  },
  {
    it: 'a secret is deleted at once',
    steps: [update('secretsmanager/secret', { recoveryWindowInDays: 30 }, { recoveryWindowInDays: 0 })],
    gives: ['force-destroy recoveryWindowInDays'],
  },
  {
    it: 'a deletion no longer empties a bucket',
    steps: [update('s3/bucket', { forceDestroy: true }, { forceDestroy: false })],
    near: ['force-destroy'],
    gives: [],
  },
  {
    it: 'the protection of the engine is taken away, and nothing else changes',
    steps: [{ ...update('s3/bucket', bucket, bucket, { old: { protect: true } }), op: 'same' }],
    gives: ['loses-protection protect'],
  },
  {
    it: 'a setting would go with the stack, which stayed before',
    steps: [update('s3/bucketVersioning', {}, {}, retained)],
    gives: ['loses-protection retainOnDelete'],
  },
  {
    it: 'the cloud no longer refuses to delete a database',
    steps: [update('rds/cluster', { deletionProtection: true }, {})],
    gives: ['loses-protection deletionProtection'],
  },
  {
    it: 'a resource is protected',
    steps: [{ ...update('s3/bucket', bucket, bucket, { next: { protect: true } }), op: 'same' }],
    near: ['loses-protection'],
    gives: [],
  },
]
