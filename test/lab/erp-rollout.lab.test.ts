import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { labExec } from '../../lab/exec.ts'
import { type OrderClient, startOrders } from '../../lab/orders.ts'
import { labReset } from '../../lab/reset.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { seeded } from '../seeded.ts'
import { assertOrdersOnce, erp, erpTiming, eventsOf, versionOf, withdrawErp } from './erp.ts'
import { type OwnEstate, ownEstate, upkeep } from './upkeep.ts'

describe('the ERP, while a client enters orders', () => {
  let estate: OwnEstate
  let client: OrderClient

  before(async () => {
    await withdrawErp()
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

  // Fault 1, controllers: the controller is killed ten times in one rollout.
  // Outcome: every host is reached, in order.
  test('security updates reach every host in order, though the controller is killed ten times', async (t) => {
    const file = join(estate.state, 'plan.json')
    const planned = await upkeep(['patch', 'plan', '--system', 'erp', '--out', file], { estate: estate.path })
    assert.equal(planned.code, 0, planned.stderr)
    const plan = JSON.parse(await readFile(file, 'utf8')) as PatchPlan
    assert.ok(plan.hosts.some((host) => host.packages.some((one) => one.name === 'postgresql-15')))

    // From here on the repository is no input: it is not even there.
    await withdrawErp('security')
    const seed = Date.now() % 1_000_000
    t.diagnostic(`seed of the kills: ${seed}`)
    const random = seeded(seed)
    let words = ['patch', 'run', '--plan', file, '--reason', 'test']
    let kills = 0
    let ran = { code: null as number | null, stdout: '', stderr: '' }
    for (let runs = 0; runs < 40; runs += 1) {
      const point = `${random() < 0.5 ? 'before' : 'after'}:${2 + Math.floor(random() * 30)}`
      const env = kills < 10 ? { UPKEEP_KILL: point } : {}
      ran = await upkeep(words, { estate: estate.path, env, timeoutMs: 9 * 60_000 })
      words = ['resume']
      if (ran.code === null) kills += 1
      else if (ran.stdout.includes('Nothing to resume')) break
      else if (ran.code !== 0) break
      else await sleep(1000)
    }
    t.diagnostic(`killed ${kills} times`)
    assert.equal(ran.code, 0, `${ran.stdout}\n${ran.stderr}`)
    assert.ok(kills >= 10, `killed only ${kills} times`)

    const status = await upkeep(['patch', 'status', '--json'], { estate: estate.path })
    const { rollouts } = JSON.parse(status.stdout) as {
      rollouts: { outcome: string; hosts: { host: string; outcome: string }[] }[]
    }
    assert.equal(rollouts[0]?.outcome, 'done')
    for (const host of rollouts[0]?.hosts ?? []) assert.equal(host.outcome, 'done', host.host)

    for (const host of plan.hosts) await assertPatchedOnce(host)
    const events = await eventsOf(estate)
    assertOrder(events)
    const verified = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(verified.code, 0, verified.stdout)
  })

  test('no request failed while the Tryton hosts were patched one at a time', async () => {
    const events = await eventsOf(estate)
    const during = (host: string) => {
      const of = (type: string) => events.find((event) => event.type === type && event.subject === host)
      return [Date.parse(of('host.started')?.time ?? ''), Date.parse(of('host.ended')?.time ?? '')] as const
    }
    for (const host of ['erp-app1', 'erp-app2']) {
      const [from, to] = during(host)
      const orders = client.orders.filter((order) => order.startedAt >= from && order.startedAt <= to)
      assert.ok(orders.length > 10, `${orders.length} orders while ${host} was patched`)
      assert.deepEqual(
        orders.filter((order) => order.outcome !== 'acknowledged'),
        [],
        host,
      )
    }
    await assertOrdersOnce([...client.orders])
  })
})

/** Each package went to its new version exactly as often as the way of its ring says: nothing was done twice. */
async function assertPatchedOnce(host: PatchPlan['hosts'][number]): Promise<void> {
  const log = (await labExec(host.host, 'cat /var/log/dpkg.log')).stdout
  for (const change of host.packages) {
    assert.equal(await versionOf(host.host, change.name), change.to.version, `${host.host} ${change.name}`)
    const to = ` ${change.name}:${change.architecture} ${change.fromVersion} ${change.to.version}`
    const upgrades = log.split('\n').filter((line) => line.includes(` upgrade${to}`)).length
    // On a test host the first of three went away with the snapshot that was put back.
    assert.equal(upgrades, host.ring === 'test' ? 2 : 1, `${host.host}${to}`)
  }
}

/** Standby before primary before application before balancer, and nothing in production before test had passed. */
function assertOrder(events: readonly Event[]): void {
  const started = events.filter((event) => event.type === 'host.started').map((event) => event.subject)
  assert.deepEqual(started, [
    'erp-test-db',
    'erp-test-web',
    'erp-db2',
    'erp-db1',
    'erp-app1',
    'erp-app2',
    'erp-lb',
  ])
  const passed = events.findIndex((event) => event.type === 'ring.passed')
  const production = events.findIndex((event) => event.type === 'host.started' && event.subject === 'erp-db2')
  assert.ok(passed >= 0 && passed < production)
}
