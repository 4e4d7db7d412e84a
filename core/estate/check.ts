import { inFileOrder, type Placed } from '../../schemas/placed.ts'
import type { Problem } from '../../schemas/problem.ts'
import type { LoadedEstate } from '../../schemas/load.ts'
import { archivesArePlacedWell } from './check-archive.ts'
import {
  monitoringHasAPlace,
  monitoringNetworksFit,
  monitoringTellsSomebody,
} from './check-cloud-monitoring.ts'
import { cloudNamesFit, windowsFitTheCloud, windowsNudgeSomething } from './check-cloud-windows.ts'
import { cleanupIsWithinBounds, cleanupRulesAreSafe, cleanupRulesAreWhole } from './check-cleanup.ts'
import { hostsStandAlone, hostsCanBeReached } from './check-hosts.ts'
import {
  closedSystemsGoOneByOne,
  coreHasBackupGate,
  criticalModulesSoak,
  wavesFit,
  waysBackExist,
} from './check-policy.ts'
import { addressesExist, probesAskOneThing, systemsAreProbed } from './check-probes.ts'
import { headsArePlacedWell } from './check-heads.ts'
import {
  bucketsHaveNames,
  lifecycleWaitsForLock,
  locksAreAgreed,
  storesAreAway,
  tiersHaveStores,
} from './check-offsite.ts'
import { namesExist, ordersEnd } from './check-references.ts'
import { patrolLimitsFit } from './check-patrol.ts'
import { peopleCanBeTold } from './check-people.ts'
import { schedulesFit } from './check-schedule.ts'
import { rolesAreTried, trafficHasHosts } from './check-roles.ts'
import { datesExist, productionHasWindows, windowsAreLongEnough, zonesExist } from './check-windows.ts'

/** Looks at a whole estate and says, with places, where it contradicts itself. */
export type Check = (loaded: LoadedEstate) => Iterable<Placed>

const mustHold: readonly Check[] = [
  namesExist,
  ordersEnd,
  rolesAreTried,
  trafficHasHosts,
  hostsStandAlone,
  hostsCanBeReached,
  zonesExist,
  datesExist,
  windowsAreLongEnough,
  productionHasWindows,
  wavesFit,
  closedSystemsGoOneByOne,
  waysBackExist,
  probesAskOneThing,
  addressesExist,
  cleanupRulesAreSafe,
  cleanupRulesAreWhole,
  archivesArePlacedWell,
  cleanupIsWithinBounds,
  patrolLimitsFit,
  schedulesFit,
  storesAreAway,
  bucketsHaveNames,
  lifecycleWaitsForLock,
  locksAreAgreed,
  windowsFitTheCloud,
  cloudNamesFit,
  windowsNudgeSomething,
  monitoringNetworksFit,
  monitoringHasAPlace,
  monitoringTellsSomebody,
]
const shouldHold: readonly Check[] = [
  criticalModulesSoak,
  coreHasBackupGate,
  systemsAreProbed,
  headsArePlacedWell,
  peopleCanBeTold,
  tiersHaveStores,
]

/** Problems `estate/...` that a schema can not see: `errors` must be mended, `warnings` may be meant; both in file order, at most 50. */
export function checkEstate(loaded: LoadedEstate): {
  readonly errors: readonly Problem[]
  readonly warnings: readonly Problem[]
} {
  const run = (checks: readonly Check[]) =>
    inFileOrder(
      'estate',
      checks.flatMap((check) => [...check(loaded)]),
    )
  return { errors: run(mustHold), warnings: run(shouldHold) }
}
