import { deletesStore } from './risks/deletes-store.ts'
import { downgrades } from './risks/downgrades.ts'
import { dropsAlarm } from './risks/drops-alarm.ts'
import { forceDestroy } from './risks/force-destroy.ts'
import { losesProtection } from './risks/loses-protection.ts'
import { notUnderstood } from './risks/not-understood.ts'
import { opensIngress } from './risks/opens-ingress.ts'
import { opensPublic } from './risks/opens-public.ts'
import { reboots } from './risks/reboots.ts'
import { removesPackage } from './risks/removes-package.ts'
import { replacesState } from './risks/replaces-state.ts'
import { shortensRetention } from './risks/shortens-retention.ts'
import { shrinksWindow } from './risks/shrinks-window.ts'
import { skipsSnapshot } from './risks/skips-snapshot.ts'
import { skipsTest } from './risks/skips-test.ts'
import { touchesDatabase } from './risks/touches-database.ts'
import { unknownValue } from './risks/unknown-value.ts'
import { weakensEncryption } from './risks/weakens-encryption.ts'
import { weakensLock } from './risks/weakens-lock.ts'
import { weakensVersioning } from './risks/weakens-versioning.ts'
import { widensIam } from './risks/widens-iam.ts'
import type { HostRule, StackRule } from './rule.ts'

/** Every rule that judges what a stack would change. */
export const stackRules: readonly StackRule[] = [
  deletesStore,
  replacesState,
  shortensRetention,
  weakensLock,
  weakensVersioning,
  weakensEncryption,
  forceDestroy,
  losesProtection,
  opensIngress,
  opensPublic,
  widensIam,
  unknownValue,
  notUnderstood,
  dropsAlarm,
  shrinksWindow,
]

/** Every rule that judges what a rollout would change. */
export const hostRules: readonly HostRule[] = [
  skipsSnapshot,
  skipsTest,
  removesPackage,
  downgrades,
  touchesDatabase,
  reboots,
]
