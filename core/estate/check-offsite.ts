import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import { complaint, listed } from './complaint.ts'
import { bucketName, oldVersionDays, storesOf } from './offsite.ts'

/** Longest name that a bucket can have (Amazon S3, "Bucket naming rules"). */
const mostChars = 63

/** Backups lie in another region than the systems, and the keeper is of the account that owns them. */
export function* storesAreAway(loaded: LoadedEstate): Generator<Placed> {
  const { offsite } = loaded.estate
  if (offsite === undefined) return
  if (offsite.home === offsite.region) {
    const what = 'The stores are in the region in which the systems run: what takes one takes the other'
    const found = offsite.region
    yield complaint(loaded, ['offsite', 'region'], {
      code: 'offsite-at-home',
      what,
      found,
      fix: 'Choose another region.',
    })
  }
  const owner = offsite.keeper.split(':')[4]
  if (owner === offsite.account) return
  yield complaint(loaded, ['offsite', 'keeper'], {
    code: 'offsite-keeper',
    what: 'The keeper is of another account than the stores, and could not change them',
    found: `account ${owner}`,
    expected: `account ${offsite.account}`,
  })
}

/** Every bucket can have the name that follows from the estate. */
export function* bucketsHaveNames(loaded: LoadedEstate): Generator<Placed> {
  const { estate } = loaded
  const { offsite } = estate
  if (offsite === undefined) return
  const names = [...storesOf(offsite).map(([tier]) => tier), 'log' as const].map((what) =>
    bucketName(estate, offsite, what),
  )
  const long = names.find((name) => name.length > mostChars)
  if (long === undefined) return
  yield complaint(
    loaded,
    ['offsite'],
    {
      code: 'offsite-bucket-name',
      what: `A bucket would be named "${long}", and that is longer than AWS allows`,
      found: `${long.length} characters`,
      expected: `at most ${mostChars}`,
      fix: 'Set "prefix:" in offsite.',
    },
    'key',
  )
}

/** Lifecycle rules never outrun the lock: old versions go only when nothing holds them any more. */
export function* lifecycleWaitsForLock(loaded: LoadedEstate): Generator<Placed> {
  const { offsite } = loaded.estate
  if (offsite === undefined) return
  for (const [tier, store] of storesOf(offsite)) {
    if (oldVersionDays(store) > store.lock.days) continue
    yield complaint(loaded, ['offsite', 'stores', tier, 'oldVersionDays'], {
      code: 'offsite-lifecycle',
      what: `Old versions in the store of ${tier} would go while the lock still holds them`,
      found: `${oldVersionDays(store)} days, locked for ${store.lock.days}`,
      expected: `more than ${store.lock.days}`,
    })
  }
}

/** A compliance lock, which nobody can take back, was agreed to by a person who named the very bucket. */
export function* locksAreAgreed(loaded: LoadedEstate): Generator<Placed> {
  const { estate } = loaded
  const { offsite } = estate
  if (offsite === undefined) return
  for (const [tier, { lock }] of storesOf(offsite)) {
    if (lock.mode !== 'compliance') continue
    const path = ['offsite', 'stores', tier, 'lock'] as const
    const bucket = bucketName(estate, offsite, tier)
    const missing = (['bucket', 'approvedBy', 'approvedOn'] as const).filter((key) => lock[key] === undefined)
    if (missing.length > 0) {
      const what = `A compliance lock of ${lock.days} days can be taken back by nobody, and needs ${missing.join(', ')}`
      const fix = `Add "bucket: ${bucket}", "approvedBy:" with a contact and "approvedOn:" with the day, or use governance.`
      yield complaint(loaded, path, { code: 'offsite-lock-not-agreed', what, fix }, 'key')
    }
    if (lock.bucket !== undefined && lock.bucket !== bucket) {
      const what = 'This agreement is to the lock of another bucket'
      const said = { code: 'offsite-lock-bucket', what, found: lock.bucket, expected: bucket }
      yield complaint(loaded, [...path, 'bucket'], said)
    }
    if (lock.approvedOn !== undefined && !isDay(lock.approvedOn)) {
      const what = `offsite.stores.${tier}.lock.approvedOn is "${lock.approvedOn}", and there is no such day`
      yield complaint(loaded, [...path, 'approvedOn'], {
        code: 'offsite-approval-date',
        what,
        found: `"${lock.approvedOn}"`,
      })
    }
  }
}

/** Who keeps backups off-site does so for each tier that has systems (R5.1). */
export function* tiersHaveStores(loaded: LoadedEstate): Generator<Placed> {
  const { offsite, systems } = loaded.estate
  if (offsite === undefined) return
  const stores = storesOf(offsite).map(([tier]) => tier)
  for (const tier of new Set(Object.values(systems).map((system) => system.tier))) {
    if (stores.includes(tier)) continue
    const names = Object.keys(systems).filter((name) => systems[name]?.tier === tier)
    const what = `The tier ${tier} has systems (${listed(names)}) and no off-site store`
    const fix = `Add "${tier}:" with its lock.`
    yield complaint(loaded, ['offsite', 'stores'], { code: 'offsite-tier-without-store', what, fix }, 'key')
  }
}

function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}
