import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { link, seen } from './patrol-answer.ts'

describe('network, services and hardware', () => {
  test('links are held against what grew; the loopback and wires into containers are none', () => {
    assert.deepEqual(seen({ 'net-last': link('eth0', 25, 7) }, 'netErrors'), ['eth0=10'])
    assert.deepEqual(seen({ 'net-last': link('eth0', 5, 7) }, 'netDrops'), ['eth0=1'])
    assert.deepEqual(seen({ 'net-last': link('eth0', 0, 0) }, 'netDrops'), ['eth0=unknown'])
    const wires = { 'net-first': link('veth12', 0, 0), 'net-last': link('veth12', 900, 900) }
    assert.deepEqual(seen(wires, 'netErrors'), [])
  })

  test('a service that the estate names must be active, also under an alias; one that is not there does not run', () => {
    const services = ['nginx.service', 'mysql.service', 'gone.service']
    const said =
      'Id=nginx.service\nLoadState=loaded\nActiveState=inactive\n\nId=mariadb.service\nLoadState=loaded\nActiveState=active\n\nId=gone.service\nLoadState=not-found\nActiveState=inactive\n'
    assert.deepEqual(seen({ services: said }, 'services', { services }), [
      'nginx.service=1',
      'mysql.service=0',
      'gone.service=1',
    ])
    const short = said.split('\n\n')[1] ?? ''
    for (const changed of [{ services: short }, {}, { services: { code: 124, text: said } }])
      assert.deepEqual(
        seen(changed, 'services', { services }),
        services.map((name) => `${name}=unknown`),
      )
  })

  test('failed units are named, with and without a mark before them', () => {
    const failed = 'a.service loaded failed failed A job\n● b@x.service loaded failed failed B\n'
    assert.deepEqual(seen({ failed }, 'failedUnits'), ['a.service=1', 'b@x.service=1'])
    const cut = { code: 124, text: failed }
    assert.deepEqual(seen({ failed: cut }, 'failedUnits'), ['a.service=1', 'b@x.service=1', '=unknown'])
  })

  test('what needs a reboot is one thing, what needs a restart one each', () => {
    const reboot = 'a package asked for it\nkernel 6.1.0-30 is installed, 6.1.0-28 runs\n'
    assert.deepEqual(seen({ reboot }, 'reboot'), ['=1'])
    assert.deepEqual(seen({ restarts: 'ssh.service\ncron.service\n' }, 'restarts'), [
      'ssh.service=1',
      'cron.service=1',
    ])
  })

  test('hardware that is not shown is absent, and unknown where the estate wants it', () => {
    const bare = { sensors: '', power: '', 'block-health': '' }
    const parts = ['sensors', 'power', 'diskHealth'] as const
    for (const item of ['temperature', 'power', 'diskHealth'] as const) {
      assert.deepEqual(seen(bare, item), ['=absent'])
      assert.deepEqual(seen(bare, item, { parts }), ['=unknown'])
    }
  })

  test('sensors are held against what they call critical themselves, where that is sense', () => {
    const sensors =
      'hwmon0/temp1 72000 80000\nhwmon1/temp1 50000 -\nhwmon2/temp1 50000 65261850\nhwmon3/temp1 - 100000\nhwmon4/temp1 -5000 0\n'
    assert.deepEqual(seen({ sensors }, 'temperature'), [
      'hwmon0/temp1=90',
      'hwmon1/temp1=50',
      'hwmon2/temp1=50',
      'hwmon3/temp1=unknown',
      'hwmon4/temp1=0',
    ])
  })

  test('a disk that smartctl can not ask is unknown, one past a limit 1, one that fails 2', () => {
    assert.deepEqual(seen({ 'block-health': 'sda -\nsdb 0\n' }, 'diskHealth'), ['sdb=0'])
    assert.deepEqual(seen({ 'block-health': 'sda -\n' }, 'diskHealth'), ['=absent'])
    const health = 'sda 0\nsdb 2\nsdc 8\nsdd 32\nsde 64\nsdf 124\nsdg 137\n'
    assert.deepEqual(seen({ 'block-health': health }, 'diskHealth'), [
      'sda=0',
      'sdb=unknown',
      'sdc=2',
      'sdd=1',
      'sde=0',
      'sdf=unknown',
      'sdg=unknown',
    ])
  })

  test('a power supply that is off line, or a battery that empties, is out', () => {
    const power = 'AC Mains 0 -\nBAT0 Battery - Discharging\nups UPS 1 Full\n'
    assert.deepEqual(seen({ power }, 'power'), ['AC=1', 'BAT0=1', 'ups=0'])
  })
})
