import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type OrderClient, startOrders } from '../../lab/orders.ts'
import { labReset } from '../../lab/reset.ts'
import { assertOrdersOnce, erp, erpTiming, eventsOf, offerErp, versionOf, withdrawErp } from './erp.ts'
import { type OwnEstate, ownEstate, upkeep } from './upkeep.ts'

describe('broken patches of the vendor, while a client enters orders', () => {
  let estate: OwnEstate
  let client: OrderClient

  before(async () => {
    await withdrawErp()
    await withdrawErp('security')
    await labReset(erp)
    estate = await ownEstate((own) => {
      const patch = own.systems['erp']?.patch
      Object.assign(patch ?? {}, { soak: erpTiming.soak, observe: erpTiming.observe })
    })
    client = await startOrders({ ring: 'production', perSecond: 3, now: Date.now })
  })

  after(async () => {
    await client.stop()
    await withdrawErp()
    await labReset(erp)
    await estate.remove()
  })

  // Fault, packages: a patch breaks the application in production only.
  // Outcome: stopped and undone by itself.
  test('a patch that breaks the ERP in production only is stopped and undone by itself', async () => {
    await offerErp('erp-orders-1.3')
    const file = join(estate.state, 'broken.json')
    const planned = await upkeep(['patch', 'plan', '--system', 'erp', '--out', file], { estate: estate.path })
    assert.equal(planned.code, 0, planned.stderr)
    const first = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path, timeoutMs: 300_000 })
    assert.equal(first.code, 0, `${first.stdout}\n${first.stderr}`)
    await sleep(3000)
    const second = await upkeep(['resume'], { estate: estate.path, timeoutMs: 300_000 })
    assert.equal(second.code, 20, `${second.stdout}\n${second.stderr}`)
    assert.match(second.stdout, /erp-app1 +production +undone/)
    assert.equal(await versionOf('erp-app1', 'erp-orders'), '1.0')
    assert.equal(await versionOf('erp-app2', 'erp-orders'), '1.0')
    const touched = (await eventsOf(estate)).filter(
      (event) =>
        event.type === 'host.started' && event.subject === 'erp-app2' && event.data['rollout'] !== undefined,
    )
    assert.equal(touched.length, 0, 'erp-app2 was never touched')
    await assertOrdersOnce([...client.orders])
  })

  // Fault, packages: a patch breaks the application in test. Outcome: it never reaches production.
  test('a patch that breaks the ERP in test never reaches production', async () => {
    await withdrawErp('erp-orders-1.3')
    await offerErp('erp-orders-1.2')
    // Test has 1.3 already, so it goes back first: production must be tried from the version that it has.
    const [last] = await rolloutsOf(estate)
    const back = [
      'rollback',
      '--rollout',
      last ?? '',
      '--host',
      'erp-test-web',
      '--reason',
      'try the next one',
    ]
    const rolledBack = await upkeep(back, { estate: estate.path, timeoutMs: 300_000 })
    assert.equal(rolledBack.code, 0, `${rolledBack.stdout}\n${rolledBack.stderr}`)
    assert.equal(await versionOf('erp-test-web', 'erp-orders'), '1.0')

    const file = join(estate.state, 'worse.json')
    const planned = await upkeep(['patch', 'plan', '--system', 'erp', '--out', file], { estate: estate.path })
    assert.equal(planned.code, 0, planned.stderr)
    const ran = await upkeep(['patch', 'run', '--plan', file], { estate: estate.path, timeoutMs: 300_000 })
    assert.equal(ran.code, 20, `${ran.stdout}\n${ran.stderr}`)
    assert.match(ran.stdout, /erp-test-web +test +undone/)
    assert.equal(await versionOf('erp-test-web', 'erp-orders'), '1.0')
    assert.equal(await versionOf('erp-app1', 'erp-orders'), '1.0')
    await assertOrdersOnce([...client.orders])
  })
})

async function rolloutsOf(estate: OwnEstate): Promise<readonly string[]> {
  const status = await upkeep(['patch', 'status', '--json'], { estate: estate.path })
  return (JSON.parse(status.stdout) as { rollouts: { rollout: string }[] }).rollouts.map((one) => one.rollout)
}
