import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import type { Host } from '../../connect/ssh.ts'
import { scriptText } from '../../playbooks/facts/answer.ts'
import { hostHealth } from '../../playbooks/facts/doctor.ts'
import { updaters } from '../../playbooks/facts/updaters.ts'
import { asRoot, holdLock, labConnect, value } from './lab.ts'

const record = '/run/test-updaters'
const states = `systemctl show -p Id -p ActiveState -p UnitFileState apt-daily.timer apt-daily-upgrade.timer late-updater.timer
  find /etc/systemd /run/systemd/system -ls | sort`

describe('automatic updaters of a real host', () => {
  let host: Host
  before(async () => {
    host = await labConnect('oa-test')
    await asRoot(host, 'systemctl start apt-daily.timer; systemctl stop apt-daily-upgrade.timer')
  })
  after(async () => {
    await asRoot(host, `rm -f ${record}; systemctl stop apt-daily.timer apt-daily-upgrade.timer`)
    host.close()
  })
  const script = async (name: string, ...args: readonly string[]) =>
    value(await host.run(await scriptText(name), { root: true, args, timeoutMs: 60_000 }))
  const active = async () =>
    value(await updaters(host))
      .units.filter((one) => one.active === 'active')
      .map((one) => one.unit)

  test('are named, paused, and put back exactly as they were found', async () => {
    assert.deepEqual(await active(), ['apt-daily.timer'])
    const before = await asRoot(host, states)
    assert.equal((await script('updaters-pause.sh', record, '5')).code, 0)
    assert.deepEqual(await active(), [])
    assert.equal((await script('updaters-pause.sh', record, '5')).code, 0, 'a second pause changes no record')
    await asRoot(host, 'systemctl start apt-daily-upgrade.timer') // as a boot in between would
    assert.equal((await script('updaters-resume.sh', record)).code, 0)
    assert.equal(await asRoot(host, states), before)
    assert.match((await script('updaters-resume.sh', record)).stdout, /nothing was paused/)
    assert.equal(await asRoot(host, states), before)
  })

  test('one at work is waited for, named and never ended; what was stopped is put back', async () => {
    const before = await asRoot(host, states)
    const lock = await holdLock(host)
    const ran = await script('updaters-pause.sh', record, '2')
    const alive = await asRoot(host, 'systemctl is-active somebody')
    await lock.release()
    assert.equal(ran.code, 75)
    assert.match(ran.stdout, /still at work after 2 s: process \d+ \(.*perl/)
    assert.equal(alive, 'active\n')
    assert.equal(await asRoot(host, states), before)
  })

  // Fault 13, hosts: the clock of a host is ahead of the controller's by more than a minute.
  // Outcome: doctor fails, and says by how much.
  test('the health of each kind of host can be told', async () => {
    for (const name of ['oa-test', 'erp-app2', 'erp-db2']) {
      const other = await labConnect(name)
      const checks = await hostHealth(other, { nowMs: Date.now })
      other.close()
      const failed = checks.filter((check) => check.outcome === 'fail')
      assert.deepEqual(failed, [], name)
      const said = new Map(checks.map((check) => [check.check, check.said]))
      assert.match(said.get('rights') ?? '', /root by sudo, from upkeep/)
      assert.match(said.get('clock') ?? '', /agrees/)
      assert.equal(checks.length >= 8, true)
    }
    const late = await hostHealth(host, { nowMs: () => Date.now() - 90_000 })
    const clock = late.find((check) => check.check === 'clock')
    assert.equal(clock?.outcome, 'fail')
    assert.match(clock.said, /ahead by (89|90)/)
  })
})
