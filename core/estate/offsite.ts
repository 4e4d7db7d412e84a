import type { Estate } from '../../schemas/estate.ts'
import type { Offsite, Store } from '../../schemas/offsite.ts'
import type { System } from '../../schemas/system.ts'
import type { ResolvedOffsite, ResolvedStore } from './resolved.ts'
import { type Absolute, resolvedSecret } from './surroundings.ts'

const tiers = ['core', 'office', 'data'] as const satisfies readonly System['tier'][]

/** Days after the end of a lock in which a person can still bring an old version back. */
const daysAfterLock = 7

/** The stores that an estate asks for, with their tiers, in the order of tiers. */
export function storesOf(offsite: Offsite): readonly (readonly [System['tier'], Store])[] {
  return tiers.flatMap((tier) => {
    const store = offsite.stores[tier]
    return store === undefined ? [] : [[tier, store] as const]
  })
}

/** Name of a bucket of the estate: that of a tier's store, or of the access logs. */
export function bucketName(estate: Estate, offsite: Offsite, what: System['tier'] | 'log'): string {
  return `${offsite.prefix ?? `${estate.name}-${offsite.account}`}-${what}`
}

/** Days that old versions are kept in a store. */
export function oldVersionDays({ lock, oldVersionDays }: Store): number {
  return oldVersionDays ?? lock.days + daysAfterLock
}

/** The off-site stores with nothing left open. */
export function resolvedOffsite(estate: Estate, offsite: Offsite, absolute: Absolute): ResolvedOffsite {
  const { account, region, keeper, passphrase, lab } = offsite
  return {
    account,
    region,
    keeper,
    ...(passphrase === undefined ? {} : { passphrase: resolvedSecret(passphrase, absolute) }),
    ...(lab === undefined ? {} : { lab: absolute(lab) }),
    logBucket: bucketName(estate, offsite, 'log'),
    stores: storesOf(offsite).map(([tier, store]): ResolvedStore => {
      const { mode, days, approvedBy, approvedOn } = store.lock
      return {
        tier,
        bucket: bucketName(estate, offsite, tier),
        lock: { mode, days },
        oldVersionDays: oldVersionDays(store),
        ...(mode === 'governance' || approvedBy === undefined || approvedOn === undefined
          ? {}
          : { approved: { by: approvedBy, on: approvedOn } }),
      }
    }),
  }
}
