import { booleanOf } from './property.ts'
import type { ResourceChange } from './resource.ts'

/** Kinds that hold backups and nothing else. */
const stores = new Set([
  'backup/vault',
  'backup/logicallyAirGappedVault',
  'glacier/vault',
  'ebs/snapshot',
  'ebs/snapshotCopy',
  'rds/snapshot',
  'rds/snapshotCopy',
  'rds/clusterSnapshot',
  'rds/clusterSnapshotCopy',
])

/** Kinds whose content is gone with them. */
const holders = new Set([
  's3/bucket',
  's3/directoryBucket',
  'kms/key',
  'kms/replicaKey',
  'kms/externalKey',
  'rds/instance',
  'rds/cluster',
  'rds/globalCluster',
  'docdb/cluster',
  'neptune/cluster',
  'redshift/cluster',
  'dynamodb/table',
  'elasticache/cluster',
  'elasticache/replicationGroup',
  'opensearch/domain',
  'efs/fileSystem',
  'fsx/windowsFileSystem',
  'fsx/ontapFileSystem',
  'fsx/openZfsFileSystem',
  'fsx/lustreFileSystem',
  'ebs/volume',
  'ec2/instance',
  'ecr/repository',
  'secretsmanager/secret',
  'sqs/queue',
  'cloudwatch/logGroup',
])

/**
 * Whether a resource is a store of backups, or the key that they are encrypted with: by its kind, by the component of
 * Upkeep around it, or because it locks what is written to it.
 */
export function isStore({ kind, within, before }: ResourceChange): boolean {
  if (stores.has(kind)) return true
  if (kind !== 's3/bucket' && kind !== 'kms/key') return false
  const isOurs = within.some((type) => type === 'upkeep:backup:OffsiteStore')
  return isOurs || booleanOf(before?.properties.get('objectLockEnabled')) === true
}

/** Whether data is gone with a resource; what somebody protected holds something that matters. */
export function holdsState(change: ResourceChange): boolean {
  return isStore(change) || holders.has(change.kind) || change.before?.protect === true
}
