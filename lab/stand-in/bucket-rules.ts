import type { LifecycleRule, ServerSideEncryption, ServerSideEncryptionRule } from '@aws-sdk/client-s3'
import { isList, objectOf, type Properties, textOf, type Value } from './values.ts'

// Rules of encryption and lifecycle: as programs say them, and as S3 takes them. A word that is not here is refused.

/** Rules of encryption for S3. */
export function encryptionTo(rules: Value | undefined): ServerSideEncryptionRule[] {
  return listOf(rules).map((rule) => {
    only(rule, ['applyServerSideEncryptionByDefault', 'bucketKeyEnabled'])
    const { sseAlgorithm, kmsMasterKeyId } = objectOf(rule['applyServerSideEncryptionByDefault'])
    return {
      ApplyServerSideEncryptionByDefault: {
        SSEAlgorithm: textOf(sseAlgorithm) as ServerSideEncryption,
        ...(typeof kmsMasterKeyId === 'string' ? { KMSMasterKeyID: kmsMasterKeyId } : {}),
      },
      ...(typeof rule['bucketKeyEnabled'] === 'boolean'
        ? { BucketKeyEnabled: rule['bucketKeyEnabled'] }
        : {}),
    }
  })
}

/** Rules of encryption as programs say them. */
export function encryptionFrom(rules: readonly ServerSideEncryptionRule[]): Value {
  return rules.map(({ ApplyServerSideEncryptionByDefault: said, BucketKeyEnabled }) => ({
    applyServerSideEncryptionByDefault: {
      sseAlgorithm: said?.SSEAlgorithm ?? '',
      ...(said?.KMSMasterKeyID === undefined ? {} : { kmsMasterKeyId: said.KMSMasterKeyID }),
    },
    ...(BucketKeyEnabled === true ? { bucketKeyEnabled: true } : {}),
  }))
}

/** Rules of lifecycle for S3. */
export function lifecycleTo(rules: Value | undefined): LifecycleRule[] {
  return listOf(rules).map((rule) => {
    only(rule, [
      'id',
      'status',
      'filter',
      'expiration',
      'noncurrentVersionExpiration',
      'abortIncompleteMultipartUpload',
    ])
    const { days, expiredObjectDeleteMarker: marker } = objectOf(rule['expiration'])
    const old = objectOf(rule['noncurrentVersionExpiration'])['noncurrentDays']
    const broken = objectOf(rule['abortIncompleteMultipartUpload'])['daysAfterInitiation']
    const expiration = {
      ...(typeof days === 'number' ? { Days: days } : {}),
      ...(typeof marker === 'boolean' ? { ExpiredObjectDeleteMarker: marker } : {}),
    }
    return {
      ID: textOf(rule['id']),
      Status: textOf(rule['status']) as 'Enabled' | 'Disabled',
      Filter: { Prefix: textOf(objectOf(rule['filter'])['prefix']) ?? '' },
      ...(Object.keys(expiration).length === 0 ? {} : { Expiration: expiration }),
      ...(typeof old === 'number' ? { NoncurrentVersionExpiration: { NoncurrentDays: old } } : {}),
      ...(typeof broken === 'number'
        ? { AbortIncompleteMultipartUpload: { DaysAfterInitiation: broken } }
        : {}),
    }
  })
}

/** Rules of lifecycle as programs say them. */
export function lifecycleFrom(rules: readonly LifecycleRule[]): Value {
  return rules.map((rule) => {
    const days = rule.Expiration?.Days
    const marker = rule.Expiration?.ExpiredObjectDeleteMarker
    const old = rule.NoncurrentVersionExpiration?.NoncurrentDays
    const broken = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation
    const expires = days !== undefined || marker === true
    return {
      id: rule.ID ?? '',
      status: rule.Status ?? '',
      filter: { prefix: rule.Filter?.Prefix ?? '' },
      ...(expires
        ? {
            expiration: {
              ...(days === undefined ? {} : { days }),
              ...(marker === true ? { expiredObjectDeleteMarker: true } : {}),
            },
          }
        : {}),
      ...(old === undefined ? {} : { noncurrentVersionExpiration: { noncurrentDays: old } }),
      ...(broken === undefined ? {} : { abortIncompleteMultipartUpload: { daysAfterInitiation: broken } }),
    }
  })
}

function listOf(value: Value | undefined): readonly Properties[] {
  return isList(value) ? value.map(objectOf) : []
}

function only(rule: Properties, names: readonly string[]): void {
  const foreign = Object.keys(rule).find((name) => !names.includes(name))
  if (foreign !== undefined)
    throw new Error(`the lab's stand-in for AWS does not know "${foreign}" in a rule`)
}
