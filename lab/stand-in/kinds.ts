import { metricAlarm } from './alarms.ts'
import { bucketSettings } from './bucket-settings.ts'
import { bucket } from './buckets.ts'
import { document } from './documents.ts'
import { instance } from './instances.ts'
import { key } from './keys.ts'
import type { Kind } from './kind.ts'
import { internetGateway, subnet, vpc } from './network.ts'
import { bucketObject } from './objects.ts'
import { instanceProfile, role, rolePolicy } from './roles.ts'
import { route, routeTable, routeTableAssociation } from './routes.ts'
import { defaultSecurityGroup, egressRule, ingressRule, securityGroup } from './security-groups.ts'
import { topic, topicPolicy, topicSubscription } from './topics.ts'
import { accessKey, user, userPolicy } from './users.ts'
import { volume, volumeAttachment } from './volumes.ts'
import { windowTarget, windowTask } from './window-parts.ts'
import { maintenanceWindow } from './windows.ts'

/** The types of resources that the lab's stand-in for AWS has: exactly those that stacks/ uses. */
export const kinds: readonly Kind[] = [
  ...[bucket, ...bucketSettings, bucketObject],
  ...[key, user, userPolicy, accessKey, role, rolePolicy, instanceProfile],
  ...[maintenanceWindow, windowTarget, windowTask, document],
  ...[vpc, defaultSecurityGroup, subnet, internetGateway, routeTable, route, routeTableAssociation],
  ...[securityGroup, ingressRule, egressRule, volume, instance, volumeAttachment],
  ...[topic, topicPolicy, topicSubscription, metricAlarm],
]

/** The kind of a type. Throws, in one sentence, for a type that the stand-in does not have. */
export function kindOf(type: string): Kind {
  const found = kinds.find((one) => one.type === type)
  if (found === undefined) throw new Error(`the lab's stand-in for AWS does not have ${type}`)
  return found
}
