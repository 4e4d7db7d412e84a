import assert from 'node:assert/strict'
import test from 'node:test'
import { labExec } from '../../lab/exec.ts'
import { countOrders, type Order, startOrders } from '../../lab/orders.ts'

const dir = process.env['UPKEEP_LAB_DIR']
const where = dir === undefined ? {} : { dir }

async function traffic(...words: readonly string[]): Promise<string> {
  const ran = await labExec('erp-lb', `erp-traffic ${words.join(' ')}`, where)
  assert.equal(ran.code, 0, ran.stderr)
  return ran.stdout
}

async function work(perSecond: number) {
  return startOrders({ ring: 'production', perSecond, now: () => Date.now(), ...where })
}

async function everyYesIsThereOnce(orders: readonly Order[]): Promise<void> {
  const first = orders[0]?.reference ?? assert.fail('no order was entered')
  const counted = await countOrders('production', { prefix: first.replace(/\d+$/, ''), ...where })
  const yes = orders.filter(({ outcome }) => outcome === 'acknowledged').map(({ reference }) => reference)
  assert.deepEqual([...counted.keys()].sort(), yes)
  assert.deepEqual(new Set(counted.values()), new Set([1]))
}

test('a client sees nothing while each application host is drained, stopped, started and taken back', async () => {
  const client = await work(20)
  for (const name of ['erp-app1', 'erp-app2']) {
    await traffic('drain', name)
    await traffic('drain', name)
    assert.match(await traffic('status'), new RegExp(`^${name} drained$`, 'm'))
    await labExec(name, 'systemctl stop tryton-server', where)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const started = 'systemctl start tryton-server; while ! ss -ltn | grep -q :8000; do sleep 0.1; done'
    await labExec(name, started, where)
    await traffic('undrain', name)
  }
  const orders = await client.stop()
  assert.ok(orders.length > 20, `only ${orders.length} orders`)
  assert.deepEqual(
    orders.filter(({ outcome }) => outcome !== 'acknowledged'),
    [],
  )
  await everyYesIsThereOnce(orders)
})

test('maintenance answers 503 with a page, outlives a restart of nginx, and loses no order', async () => {
  const client = await work(20)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await traffic('maintenance', 'on')
  await labExec('erp-lb', 'systemctl restart nginx', where)
  const page = await fetch('http://10.77.0.10/')
  assert.equal(page.status, 503)
  assert.equal(page.headers.get('retry-after'), '10')
  assert.match(await page.text(), /being maintained/)
  await traffic('maintenance', 'off')
  await new Promise((resolve) => setTimeout(resolve, 500))
  const orders = await client.stop()
  const outcomes = new Set(orders.map(({ outcome }) => outcome))
  assert.ok(outcomes.has('refused') && outcomes.has('acknowledged'), [...outcomes].join(' '))
  assert.equal(orders.at(-1)?.outcome, 'acknowledged')
  await everyYesIsThereOnce(orders)
})

test('the last application host drained is a maintenance page, not an error of the gateway', async () => {
  await traffic('drain', 'erp-app1')
  await traffic('drain', 'erp-app2')
  assert.equal((await fetch('http://10.77.0.10/')).status, 503)
  await traffic('undrain', 'erp-app1')
  await traffic('undrain', 'erp-app2')
  assert.notEqual((await fetch('http://10.77.0.10/')).status, 503)
  const unknown = await labExec('erp-lb', 'erp-traffic drain nobody', where)
  assert.equal(unknown.code, 64)
})
