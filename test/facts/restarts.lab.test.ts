import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import type { Host } from '../../connect/ssh.ts'
import { labReset } from '../../lab/reset.ts'
import { scriptText } from '../../playbooks/facts/answer.ts'
import { cleanUpPlan, pendingUpgrades } from '../../playbooks/facts/pending.ts'
import { predictRestarts, type StaleUnits, staleUnits } from '../../playbooks/facts/restarts.ts'
import { asRoot, labConnect, value } from './lab.ts'

const invocations = `systemctl show -p Id -p InvocationID --value $(systemctl list-units --plain --no-legend --type=service --state=running | awk '{ print $1 }') | paste - - - | awk '{ print $1, $2 }'`

function waiting(stale: StaleUnits): readonly string[] {
  return stale.units.filter((unit) => unit.way === 'restart').map((unit) => unit.unit)
}

describe('restarts on a real host', () => {
  let host: Host
  before(async () => {
    await labReset(['oa-test'])
    host = await labConnect('oa-test')
  })
  after(async () => {
    host.close()
    await labReset(['oa-test'])
  })

  async function running(): Promise<ReadonlyMap<string, string>> {
    const lines = (await asRoot(host, invocations)).trim().split('\n')
    return new Map(lines.map((line) => line.split(' ') as [string, string]))
  }

  test('are predicted, needed after the upgrade, done once each, and then needed no more', async () => {
    assert.deepEqual(value(await staleUnits(host)).units, [], 'nothing is stale before')
    const planId = 'test-restarts'
    const pending = value(await pendingUpgrades(host, { only: 'security', origins: [], holds: [], planId }))
    const predicted = value(await predictRestarts(host, pending))
    value(await cleanUpPlan(host, planId))
    const names = pending.changes.map((change) => `${change.name}=${change.toVersion}`).join(' ')
    // Services are left as they are by the packages, so that all restarts are ours.
    await asRoot(
      host,
      `printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
       export DEBIAN_FRONTEND=noninteractive; apt-get -q update >/dev/null
       apt-get -q -y -o Dpkg::Options::=--force-confold install ${names} >/dev/null; rm /usr/sbin/policy-rc.d`,
    )
    const stale = value(await staleUnits(host))
    const needed = waiting(stale)
    assert.ok(needed.includes('nginx.service'), JSON.stringify(stale))
    for (const unit of needed)
      assert.ok(
        predicted.restarts.some((one) => one.unit === unit),
        `${unit} was predicted`,
      )
    assert.ok(!stale.reboot.needed || predicted.reboot.needed !== 'no', 'a reboot was announced')

    const before = await running()
    const said = await asRoot(host, await scriptText('service-restart.sh'))
    const after = await running()
    const restarted = [...before].filter(([unit, id]) => after.get(unit) !== id).map(([unit]) => unit)
    assert.deepEqual(restarted.sort(), [...needed].sort(), said)
    for (const unit of needed) assert.ok(said.includes(`restarted ${unit}\n`), said)
    assert.match(said, /^(reboot needed: |no reboot needed$)/m)

    assert.deepEqual(waiting(value(await staleUnits(host))), [])
    assert.doesNotMatch(await asRoot(host, await scriptText('service-restart.sh')), /^restarted/m)
    assert.equal(
      await asRoot(host, 'systemctl show -p NRestarts --value ssh nginx | sort -u | grep .'),
      '0\n',
    )
  })

  test('a flag for a reboot is seen', async () => {
    await asRoot(
      host,
      'echo "*** System restart required ***" >/run/reboot-required; echo libc6 >/run/reboot-required.pkgs',
    )
    const { reboot } = value(await staleUnits(host))
    await asRoot(host, 'rm /run/reboot-required*')
    assert.ok(reboot.needed && reboot.why.some((why) => why.includes('libc6')))
  })

  test('shared memory, which looks like a deleted file, calls for nothing', async (t) => {
    const database = await labConnect('erp-test-db')
    t.after(() => database.close())
    const maps = await asRoot(database, "grep -h -c 'zero (deleted)' /proc/[0-9]*/maps | sort -n | tail -n 1")
    const stale = value(await staleUnits(database))
    assert.ok(Number(maps) > 0, 'PostgreSQL maps shared memory')
    assert.deepEqual(stale, { units: [], reboot: { needed: false, why: [] } })
  })

  test('a plug-in calls for a restart of the interpreted program that it is for, and of no other', async (t) => {
    const web = await labConnect('erp-test-web')
    t.after(() => web.close())
    const planId = 'test-plugin'
    const pending = value(await pendingUpgrades(web, { only: 'all', origins: [], holds: [], planId }))
    value(await cleanUpPlan(web, planId))
    const [one] = pending.changes
    assert.ok(one !== undefined)
    const of = async (name: string) =>
      value(await predictRestarts(web, { ...pending, changes: [{ ...one, name, fromArchitecture: 'all' }] }))
    const orders = await of('erp-orders')
    const data = await of('tzdata')
    assert.deepEqual(orders.restarts, [
      { unit: 'tryton-server.service', way: 'restart', because: ['python modules of erp-orders'] },
    ])
    assert.deepEqual(data, { restarts: [], reboot: { needed: 'no', why: [] } })
  })
})
