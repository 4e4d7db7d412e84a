import { readFileSync } from 'node:fs'
import type { Target } from '../../connect/target.ts'
import type { Inventory } from '../inventory.ts'

/** The inventory that a contender was given as its first argument. */
export function givenInventory(): Inventory {
  return JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Inventory
}

/** The same hosts as Upkeep's connectors know them. */
export function targetsOf({ hosts, port, user, key, knownHosts }: Inventory): readonly Target[] {
  return hosts.map(({ name, address }) => ({
    name,
    address,
    port,
    user,
    auth: { key },
    knownHosts,
    sudo: { mode: 'none' },
  }))
}
