import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { labBackup } from '../../lab/backup.ts'
import { labExec } from '../../lab/exec.ts'
import { labPaths } from '../../lab/layout.ts'
import { countOrders, startOrders } from '../../lab/orders.ts'
import { labOffer, labWithdraw } from '../../lab/repository.ts'
import { labReset, withTheirDatabases } from '../../lab/reset.ts'

const dir = process.env['UPKEEP_LAB_DIR']
const where = dir === undefined ? {} : { dir }
const hosts = labPaths(dir).hosts

test('the databases of a ring go back together, with the hosts that use them', () => {
  const ring = ['erp-app1', 'erp-app2', 'erp-db1', 'erp-db2']
  assert.deepEqual(withTheirDatabases(['erp-db2']), ring)
  assert.deepEqual(withTheirDatabases(['erp-db1', 'oa-test']), [...ring, 'oa-test'])
  assert.deepEqual(withTheirDatabases(['erp-test-db']), ['erp-test-web', 'erp-test-db'])
  assert.deepEqual(withTheirDatabases(['erp-app1']), ['erp-app1'])
})

test('a host comes back as it was, and keeps who it is', async () => {
  const id = readFileSync(join(hosts, 'oa-test/etc/machine-id'), 'utf8')
  await labExec('oa-test', 'rm -rf /usr/share/oa-portal; echo x > /etc/sentinel; apt-mark hold nginx', where)
  assert.deepEqual(await labReset(['oa-test'], dir), ['oa-test'])
  const seen = await labExec('oa-test', 'ls /usr/share/oa-portal; apt-mark showhold; hostname', where)
  assert.equal(seen.stdout, 'index.html\noa-test\n')
  assert.equal(existsSync(join(hosts, 'oa-test/etc/sentinel')), false)
  assert.equal(readFileSync(join(hosts, 'oa-test/etc/machine-id'), 'utf8'), id)
})

test('the ERP forgets what came after, its standby streams, its backup is fresh', async () => {
  const client = await startOrders({ ring: 'production', perSecond: 10, now: () => Date.now(), ...where })
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  await client.stop()
  assert.ok((await countOrders('production', where)).size > 0)
  const begun = Date.now()
  await labReset(['erp-db1'], dir)
  assert.equal((await countOrders('production', where)).size, 0)
  const latest = await labExec('ops', 'cat /srv/backup/erp/latest.json', where)
  const { time } = JSON.parse(latest.stdout) as { time: string }
  assert.ok(Date.parse(time) >= begun - 1_000, `the last backup is of ${time}`)
  const backup = await labBackup(dir)
  assert.ok(backup.bytes > 100_000 && backup.place.startsWith('ops:/srv/backup/erp/'))
})

const candidates = `
d=$(mktemp -d) && mkdir -p $d/lists/partial && chmod -R 755 $d
apt-get -qq -o Dir::State::Lists=$d/lists -o Dir::Cache=$d -o APT::Sandbox::User=root update
apt-get -qq -s -o Dir::State::Lists=$d/lists -o Dir::Cache=$d dist-upgrade | awk '$1 == "Inst" {print $2}' | sort
rm -rf $d`

test('a host sees what is offered, signed, and nothing after it was withdrawn', async () => {
  const seen = async (name: string) =>
    (await labExec(name, candidates, where)).stdout.split('\n').filter(Boolean)
  await labReset(['oa-test'], dir)
  await labWithdraw(undefined, dir)
  await labWithdraw('security', dir)
  try {
    assert.deepEqual(await seen('oa-test'), [])
    await labOffer('oa-portal-1.1', dir, ['erp'])
    assert.deepEqual(await seen('oa-test'), [])
    await labOffer('oa-portal-1.1', dir, ['oa'])
    assert.deepEqual(await seen('oa-test'), ['oa-portal'])
    await labOffer('security-all', dir)
    const all = await seen('oa-test')
    assert.ok(all.length > 1 && all.includes('oa-portal'), all.join(' '))
  } finally {
    await labWithdraw(undefined, dir)
  }
})
