import type { Estate } from '../../schemas/estate.ts'
import type { PatrolItem } from '../../schemas/patrol.ts'
import type { System } from '../../schemas/system.ts'
import type { Item, Limit } from './item.ts'
import { machineItems } from './machine-items.ts'
import { securityItems } from './security-items.ts'
import { serviceItems } from './service-items.ts'

export type { Item, Limit } from './item.ts'

/** Every figure of an inspection. */
export const items: Readonly<Record<PatrolItem, Item>> = {
  ...machineItems,
  ...securityItems,
  ...serviceItems,
}

/** Limits of every figure for a system: the tier's own, over them the estate's `patrol:`, over them the system's. */
export function limitsOf(estate: Estate, system: System): Readonly<Record<PatrolItem, Limit>> {
  const { tier } = system
  return Object.fromEntries(
    (Object.entries(items) as [PatrolItem, Item][]).map(([name, item]) => [
      name,
      {
        ...item.limit,
        ...item.tiers?.[tier],
        ...estate.patrol?.[tier]?.limits?.[name],
        ...system.patrol?.limits?.[name],
      },
    ]),
  ) as Readonly<Record<PatrolItem, Limit>>
}
