import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { link, look, seen } from './patrol-answer.ts'

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
    const reboot = 'a package asked for it\n'
    const kernels = '6.1.0-28-amd64\n6.1.0-28-amd64\n6.1.0-30-amd64\n'
    assert.deepEqual(seen({ reboot }, 'reboot'), ['=1'])
    assert.deepEqual(seen({ kernels }, 'reboot'), ['=1'])
    assert.deepEqual(seen({ kernels: '' }, 'reboot'), ['=unknown'])
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

  test('what no sensor measures is no temperature: an input to which nothing is connected', () => {
    const sensors =
      'hwmon0/temp1 127500 -\nhwmon0/temp2 255000 100000\nhwmon0/temp3 -128000 -\nhwmon0/temp4 99000 100000\n'
    assert.deepEqual(seen({ sensors }, 'temperature'), [
      'hwmon0/temp1=absent',
      'hwmon0/temp2=absent',
      'hwmon0/temp3=absent',
      'hwmon0/temp4=99',
    ])
  })

  test('a disk that sleeps is left asleep, and is not unknown for that', () => {
    assert.deepEqual(seen({ 'block-health': 'sda asleep\nsdb 0\n' }, 'diskHealth'), ['sda=absent', 'sdb=0'])
  })

  test('threads that are stuck in the kernel are those that did nothing between the readings', () => {
    const blocked = (first: string, last: string) =>
      seen({ 'blocked-first': first, 'blocked-last': last }, 'blockedTasks')
    assert.deepEqual(blocked('', '12 5 jbd2\n'), ['=0'])
    assert.deepEqual(blocked('12 5 jbd2\n', '12 6 jbd2\n'), ['=0'])
    assert.deepEqual(blocked('12 5 jbd2\n13 1 cp\n14 9\n', '12 5 jbd2\n13 1 cp\n14 9\n'), ['=3'])
    assert.deepEqual(seen({ 'blocked-last': { code: 124, text: '' } }, 'blockedTasks'), ['=unknown'])
  })

  test('a unit that failed and is not there any more is not mended by that', () => {
    const failedBefore = ['backup.service', 'good.service']
    const services =
      'Id=backup.service\nLoadState=not-found\nActiveState=inactive\n\nId=good.service\nLoadState=loaded\nActiveState=active\n'
    const { figures } = look({ services }, { failedBefore })
    assert.deepEqual(
      figures.filter(({ item }) => item === 'failedUnits'),
      [
        {
          item: 'failedUnits',
          of: 'backup.service',
          state: 'unknown',
          why: 'systemd knows no such unit any more',
          gone: true,
        },
      ],
    )
    assert.deepEqual(seen({ services: { code: 124, text: '' } }, 'failedUnits', { failedBefore }), [
      'backup.service=unknown',
      'good.service=unknown',
    ])
  })

  test('a clock that is wrong shows however long a part hung', () => {
    const hung = { 'uptime-last': '1080.00 901.80\n' }
    const around = { before: 1_795_000_000_000, after: 1_795_000_081_000 }
    assert.deepEqual(
      seen({ ...hung, time: `${around.before + 60_000}\n` }, 'clockSkew', {}, undefined, around),
      ['=58.9'],
    )
    assert.deepEqual(
      seen({ ...hung, time: `${around.before + 900}\n` }, 'clockSkew', {}, undefined, around),
      ['=0'],
    )
  })

  test('segments sent again count by their share, but for a single one', () => {
    assert.deepEqual(seen({ connection: '3 60\n' }, 'loss'), ['=5'])
    const [one] = look({ connection: '1 10\n' }).figures.filter(({ item }) => item === 'loss')
    assert.ok(one?.state === 'seen' && one.calm === true)
    assert.deepEqual(seen({ connection: '' }, 'loss'), ['=absent'])
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
