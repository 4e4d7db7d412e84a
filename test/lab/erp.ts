import assert from 'node:assert/strict'
import { labExec } from '../../lab/exec.ts'
import { labHosts } from '../../lab/hosts.ts'
import { labOffer, type LabOffer, labWithdraw } from '../../lab/repository.ts'
import { countOrders, type Order } from '../../lab/orders.ts'
import type { Event } from '../../schemas/event.ts'
import { labDir, type OwnEstate, upkeep } from './upkeep.ts'

/** The hosts of the ERP. */
export const erp = labHosts.filter((host) => host.system === 'erp').map((host) => host.name)

/** Short enough to watch, long enough that a client meets what is broken. */
export const erpTiming = { soak: '2s', notice: '2s', observe: '4s' }

/** Offers one more thing to the hosts of the ERP. */
export function offerErp(name: LabOffer): Promise<unknown> {
  return labOffer(name, labDir, ['erp'])
}

/** Takes it from what is offered to the hosts of the ERP; without a name all that was added. */
export function withdrawErp(name?: LabOffer): Promise<unknown> {
  return labWithdraw(name, labDir, ['erp'])
}

/** All events of an estate's journal. */
export async function eventsOf(estate: OwnEstate): Promise<readonly Event[]> {
  const shown = await upkeep(['journal', 'show', '--json'], { estate: estate.path })
  return shown.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event)
}

/** Every acknowledged order is in the database exactly once, and no other one is there twice. */
export async function assertOrdersOnce(orders: readonly Order[]): Promise<void> {
  const rows = await countOrders('production')
  const acknowledged = orders.filter((order) => order.outcome === 'acknowledged')
  assert.ok(acknowledged.length > 20, `only ${acknowledged.length} orders were acknowledged`)
  for (const { reference } of acknowledged) assert.equal(rows.get(reference), 1, reference)
  for (const [reference, count] of rows) assert.equal(count, 1, reference)
}

/** Installed version of a package on a host. */
export async function versionOf(host: string, name: string): Promise<string> {
  return (await labExec(host, `dpkg-query -W -f '\${Version}' ${name}`)).stdout
}
