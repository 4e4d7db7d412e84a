import { at, booleanOf, numberOf } from '../property.ts'
import { isRemoved, type ResourceChange, sides } from '../resource.ts'
import { type Found, found, foundTexts, type StackRule } from '../rule.ts'
import type { Properties } from '../value.ts'
import { shorterLifecycle } from '../lifecycle.ts'

/** Spans that something is kept: what it means that none is written, in the unit of the property. */
const spans: readonly {
  readonly kind: string
  readonly path: string
  readonly unset: number
  /** The value that means for ever. */
  readonly forEver?: number
}[] = [
  // Without a default retention objects are locked only if who writes them says so.
  { kind: 's3/bucketObjectLockConfiguration', path: 'rule.defaultRetention.days', unset: 0 },
  { kind: 's3/bucketObjectLockConfiguration', path: 'rule.defaultRetention.years', unset: 0 },
  { kind: 'backup/vaultLockConfiguration', path: 'minRetentionDays', unset: 0 },
  { kind: 'rds/instance', path: 'backupRetentionPeriod', unset: 0 },
  { kind: 'rds/cluster', path: 'backupRetentionPeriod', unset: 1 },
  { kind: 'cloudwatch/logGroup', path: 'retentionInDays', unset: 0, forEver: 0 },
  { kind: 'kms/key', path: 'deletionWindowInDays', unset: 30 },
]

/** Kinds that make copies by being there. */
const makers = new Set([
  'backup/plan',
  'backup/selection',
  's3/bucketReplicationConfig',
  'efs/backupPolicy',
  'efs/replicationConfiguration',
  'rds/instanceAutomatedBackupsReplication',
])

/** What is stored, or what was overwritten or deleted, goes sooner than before. */
export const shortensRetention: StackRule = {
  id: 'shortens-retention',
  class: 'weakens-protection',
  source:
    'Amazon S3 "Locking objects with Object Lock", "Managing the lifecycle of objects"; AWS Backup "Backup lifecycle"; Amazon RDS "Backup retention period"',
  finds(change) {
    if (makers.has(change.kind) && isRemoved(change)) {
      return [foundTexts(change, 'resource', 'there', 'deleted', 'its backups are made no more')]
    }
    const { was, becomes } = sides(change)
    if (was === null || becomes === null) return []
    return [
      ...shorterSpans(change, was, becomes),
      ...lostRecovery(change, was, becomes),
      ...shorterLifecycle(change, was, becomes),
    ]
  },
}

function shorterSpans(change: ResourceChange, was: Properties, becomes: Properties): readonly Found[] {
  return (
    spans
      .filter(({ kind }) => kind === change.kind)
      // A lock in years may become one in days: both together decide.
      .filter(({ path }) => !path.includes('defaultRetention') || lockDays(becomes) < lockDays(was))
      .flatMap(({ path, unset, forEver }) => {
        const [before, after] = [at(was, path), at(becomes, path)]
        const [from, to] = [before, after].map((value) => {
          const days = value === undefined ? unset : numberOf(value)
          return days !== undefined && days === forEver ? Number.POSITIVE_INFINITY : days
        })
        const isShorter = from !== undefined && to !== undefined && to < from
        return isShorter ? [found(change, path, before, after, 'it is kept for a shorter time')] : []
      })
  )
}

/** Days of the default lock; NaN, which is less than nothing, where they can not be read. */
function lockDays(properties: Properties): number {
  const [days, years] = ['days', 'years'].map((unit) => {
    const value = at(properties, `rule.defaultRetention.${unit}`)
    return value === undefined ? 0 : (numberOf(value) ?? Number.NaN)
  })
  return (days ?? 0) + (years ?? 0) * 365
}

function lostRecovery(change: ResourceChange, was: Properties, becomes: Properties): readonly Found[] {
  if (change.kind !== 'dynamodb/table') return []
  const path = 'pointInTimeRecovery.enabled'
  const [before, after] = [at(was, path), at(becomes, path)]
  const isLost = booleanOf(before) === true && booleanOf(after ?? false) === false
  return isLost ? [found(change, path, before, after, 'no earlier state of the table can be restored')] : []
}
