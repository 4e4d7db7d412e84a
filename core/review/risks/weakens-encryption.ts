import { at, booleanOf, mapsOf, textOf } from '../property.ts'
import { isRemoved, type ResourceChange, sides } from '../resource.ts'
import { type Found, found, foundTexts, type StackRule } from '../rule.ts'
import type { Properties } from '../value.ts'

/** Switches by kind that keep data encrypted, or its key in use and young. */
const switches: Readonly<Record<string, readonly string[]>> = {
  'rds/instance': ['storageEncrypted'],
  'rds/cluster': ['storageEncrypted'],
  'efs/fileSystem': ['encrypted'],
  'ebs/volume': ['encrypted'],
  'kms/key': ['enableKeyRotation', 'isEnabled'],
}
/** Where a kind names its key. */
const keys: Readonly<Record<string, string>> = {
  'rds/instance': 'kmsKeyId',
  'rds/cluster': 'kmsKeyId',
  'efs/fileSystem': 'kmsKeyId',
  'ebs/volume': 'kmsKeyId',
  'cloudwatch/logGroup': 'kmsKeyId',
  'backup/vault': 'kmsKeyArn',
}
const bucketRules = 's3/bucketServerSideEncryptionConfiguration'
const strength: Readonly<Record<string, number>> = { AES256: 1, 'aws:kms': 2, 'aws:kms:dsse': 3 }

/** Data is encrypted less, or with another key: who has that key decides who can read. */
export const weakensEncryption: StackRule = {
  id: 'weakens-encryption',
  class: 'weakens-protection',
  source:
    'Amazon S3 "Protecting data with encryption"; AWS KMS "Rotating AWS KMS keys", "Enabling and disabling keys"',
  finds(change) {
    if (change.kind === bucketRules && isRemoved(change)) {
      const what = 'new objects are encrypted with the keys of S3 alone'
      return [foundTexts(change, 'resource', 'there', 'deleted', what)]
    }
    const { was, becomes } = sides(change)
    if (was === null || becomes === null) return []
    const off = (Object.hasOwn(switches, change.kind) ? (switches[change.kind] ?? []) : [])
      .filter((key) => booleanOf(was.get(key)) === true && booleanOf(becomes.get(key) ?? false) === false)
      // A key that nobody disables is in use.
      .filter((key) => key !== 'isEnabled' || becomes.get(key) !== undefined)
      .map((key) => found(change, key, was.get(key), becomes.get(key), 'a protection by encryption ends'))
    return [...off, ...otherKey(change, was, becomes), ...bucketRule(change, was, becomes)]
  },
}

function otherKey(change: ResourceChange, was: Properties, becomes: Properties): readonly Found[] {
  const key = Object.hasOwn(keys, change.kind) ? keys[change.kind] : undefined
  if (key === undefined || textOf(was.get(key)) === undefined) return []
  const after = becomes.get(key)
  const isOther = after === undefined || after === '' || textOf(after) !== undefined
  if (!isOther || textOf(after) === textOf(was.get(key))) return []
  return [found(change, key, was.get(key), after, 'another key encrypts: who has it decides who reads')]
}

function bucketRule(change: ResourceChange, was: Properties, becomes: Properties): readonly Found[] {
  if (change.kind !== bucketRules) return []
  const [before, after] = [was, becomes].map((side) => mapsOf(side.get('rules'))[0] ?? new Map())
  const algorithm = 'applyServerSideEncryptionByDefault.sseAlgorithm'
  const key = 'applyServerSideEncryptionByDefault.kmsMasterKeyId'
  const [from, to] = [before, after].map((rule) => {
    const value = at(rule, algorithm)
    // Since January 2023 S3 encrypts everything, with its own keys where nothing is said.
    if (value === undefined) return 1
    // A word that nobody knows here is no strength.
    return typeof value !== 'string' ? Number.NaN : Object.hasOwn(strength, value) ? strength[value] : 0
  })
  if (from !== undefined && to !== undefined && to < from) {
    const what = 'new objects are encrypted more weakly'
    return [found(change, `rules[0].${algorithm}`, at(before, algorithm), at(after, algorithm), what)]
  }
  const [old, other] = [at(before, key), at(after, key)]
  const isOther = textOf(old) !== undefined && textOf(old) !== textOf(other)
  const isRead = other === undefined || typeof other === 'string'
  const what = 'another key encrypts: who has it decides who reads'
  return isOther && isRead ? [found(change, `rules[0].${key}`, old, other, what)] : []
}
