import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { labExec } from '../../lab/exec.ts'
import { labHosts } from '../../lab/hosts.ts'
import { countOrders, type Order, type OrderClient, startOrders } from '../../lab/orders.ts'
import { labOffer, labWithdraw } from '../../lab/repository.ts'
import { labReset } from '../../lab/reset.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import { type OwnEstate, ownEstate, upkeep } from './upkeep.ts'

const erp = labHosts.filter((host) => host.system === 'erp').map((host) => host.name)
const timing = { soak: '2s', notice: '2s', observe: '4s' }

/** A small generator with a seed (mulberry32), so that a failure can be had again. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function eventsOf(estate: OwnEstate): Promise<readonly Event[]> {
  const shown = await upkeep(['journal', 'show', '--json'], { estate: estate.path })
  return shown.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event)
}

/** Every acknowledged order is in the database exactly once, and no other one is there twice. */
async function assertOrdersOnce(orders: readonly Order[]): Promise<void> {
  const rows = await countOrders('production')
  const acknowledged = orders.filter((order) => order.outcome === 'acknowledged')
  assert.ok(acknowledged.length > 20, `only ${acknowledged.length} orders were acknowledged`)
  for (const { reference } of acknowledged) assert.equal(rows.get(reference), 1, reference)
  for (const [reference, count] of rows) assert.equal(count, 1, reference)
}

describe('the ERP, while a client enters orders', () => {
  let estate: OwnEstate
  let client: OrderClient

  before(async () => {
    await labWithdraw()
    await labReset(erp)
    estate = await ownEstate((own) => {
      const patch = own.systems['erp']?.patch
      Object.assign(patch ?? {}, { soak: timing.soak, observe: timing.observe })
    })
    client = await startOrders({ ring: 'production', perSecond: 3, now: Date.now })
  })

  after(async () => {
    await client.stop()
    await labWithdraw()
    await labReset(erp)
    await estate.remove()
  })

  test('security updates reach every host in order, though the controller is killed ten times', async (t) => {
    const file = join(estate.state, 'plan.json')
    const planned = await upkeep(['patch', 'plan', '--system', 'erp', '--out', file], { estate: estate.path })
    assert.equal(planned.code, 0, planned.stderr)
    const plan = JSON.parse(await readFile(file, 'utf8')) as PatchPlan
    assert.ok(plan.hosts.some((host) => host.packages.some((one) => one.name === 'postgresql-15')))

    // From here on the repository is no input: it is not even there.
    await labWithdraw('security')
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

  test('a patch that breaks the ERP in production only is stopped and undone by itself', async () => {
    await labWithdraw()
    await labOffer('erp-orders-1.3')
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
    assert.equal(touched.length, 1, 'erp-app2 was touched by the first rollout only')
    await assertOrdersOnce([...client.orders])
  })

  test('a patch that breaks the ERP in test never reaches production', async () => {
    await labWithdraw('erp-orders-1.3')
    await labOffer('erp-orders-1.2')
    // Test has 1.3 already, so it goes back first: production must be tried from the version that it has.
    const [, last] = await rolloutsOf(estate)
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

async function versionOf(host: string, name: string): Promise<string> {
  return (await labExec(host, `dpkg-query -W -f '\${Version}' ${name}`)).stdout
}

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
