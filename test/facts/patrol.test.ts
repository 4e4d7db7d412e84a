import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { patrolItems } from '../../schemas/patrol.ts'
import { goodHost, look, type Parts, processor, seen, times } from './patrol-answer.ts'

const container: Parts = {
  container: 'systemd-nspawn\n',
  'group-first': '5000000\n',
  'group-last': '6000000\n',
  'group-room': 'current 800000000\nmax max\ninactive 300000000\noom 0\nquota max 100000\n',
}

describe('a good host', () => {
  test('shows every figure, and none is unknown', () => {
    const { figures, scope, uptimeS } = look({})
    assert.deepEqual(
      figures.filter(({ state }) => state !== 'seen'),
      [],
    )
    const lists = [
      ...[
        'services',
        'failedUnits',
        'restarts',
        'memoryFileSystemFree',
        'oomKills',
        'fileSystems',
        'certificates',
      ],
      ...[
        'database',
        'databaseConnections',
        'oldestTransaction',
        'slowQueries',
        'databaseLog',
        'databaseErrors',
      ],
      ...['databasePanics', 'replication', 'replicationLag', 'slotRetained', 'deadRows', 'wraparound'],
      ...['databaseSize', 'tableSize'],
      ...['functions', 'stepTimes'],
    ]
    assert.deepEqual(
      [...new Set(figures.map(({ item }) => item as string)), ...lists].sort(),
      [...patrolItems].sort(),
    )
    assert.deepEqual([scope, uptimeS], ['host', 1002])
  })

  for (const name of Object.keys(goodHost).filter((one) => !one.startsWith('group-'))) {
    test(`without its part ${name}, or with that part failed, says that something is unknown`, () => {
      const missing = look({ [name]: null })
      const failed = look({ [name]: { code: 1, text: '' } })
      // Out-of-memory kills are a counter: what it means is decided where the last one is known.
      const isBlind = (one: typeof missing) =>
        name === 'oom' ? one.memory.oomKills === null : one.figures.some(({ state }) => state === 'unknown')
      assert.ok(isBlind(missing) && isBlind(failed), name)
    })
  }
})

describe('the processor', () => {
  test('is in use for what it did', () => assert.deepEqual(seen({}, 'cpu'), ['=10']))

  test('is not in use while it waits for disks: that is told apart', () => {
    const waits = { 'processor-last': processor(1004, 0, 504, 9004, 488, 0, 0, 10, 0, 0) }
    assert.deepEqual([...seen(waits, 'cpu'), ...seen(waits, 'ioWait')], ['=2', '=97'])
  })

  test('is not in use for what the hypervisor took: that is told apart', () => {
    const stolen = { 'processor-last': processor(1040, 0, 500, 9320, 100, 0, 0, 50, 0, 0) }
    assert.deepEqual([...seen(stolen, 'cpu'), ...seen(stolen, 'steal')], ['=10', '=10'])
  })

  test('counts the time of guests once: it is part of user', () => {
    const guests = { 'processor-last': processor(1200, 0, 500, 9200, 100, 0, 0, 10, 200, 0) }
    assert.deepEqual(seen(guests, 'cpu'), ['=50'])
  })

  test('is unknown when a counter went back, the host booted in between, or no second went by', () => {
    for (const changed of [
      { 'processor-last': processor(10, 0, 5, 90, 1, 0, 0, 0, 0, 0) },
      { 'boot-first': '11111111-93f1-48d3-bfbf-74426eaa229a\n' },
      { 'uptime-last': '1000.40 900.00\n' },
      { 'uptime-last': '10.40 9.00\n' },
      { 'processor-last': `cpu ${'1'.repeat(100_000)}\n` },
    ])
      assert.deepEqual(seen(changed, 'cpu'), ['=unknown'], JSON.stringify(changed).slice(0, 100))
  })

  test('takes no notice of a clock that jumped', () => {
    assert.deepEqual(seen({ time: '1000000000000\n' }, 'cpu'), ['=10'])
    assert.deepEqual(seen({ time: `${times.after + 5000}\n` }, 'clockSkew'), ['=6.9'])
    assert.deepEqual(seen({ time: `${times.before - 7000}\n` }, 'clockSkew'), ['=7'])
    assert.deepEqual(seen({ time: `${times.after - 2000}\n` }, 'clockSkew'), ['=0'])
  })

  test('has a load by how many there are', () => {
    assert.deepEqual(seen({ load: '5.00 1.00 1.00 9/99 9\n' }, 'load'), ['=2.5'])
  })
})

describe('memory', () => {
  test('is what MemAvailable leaves: what is cached in memory file systems can not be dropped', () => {
    const memory =
      'MemTotal: 1000000 kB\nMemFree: 50000 kB\nMemAvailable: 100000 kB\nCached: 800000 kB\nShmem: 750000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n'
    assert.deepEqual(seen({ memory }, 'memory'), ['=90'])
    assert.deepEqual(seen({ memory }, 'swap'), ['=absent'])
  })

  test('is unknown on a kernel that does not say what is available', () => {
    const memory =
      'MemTotal: 1000000 kB\nMemFree: 900000 kB\nCached: 1 kB\nSwapTotal: 10 kB\nSwapFree: 5 kB\n'
    assert.deepEqual([...seen({ memory }, 'memory'), ...seen({ memory }, 'swap')], ['=unknown', '=50'])
  })
})

describe('pressure', () => {
  test('is absent where the kernel does not measure it, and unknown where the estate wants it', () => {
    assert.deepEqual(seen({ pressure: '' }, 'pressureIo'), ['=absent'])
    assert.deepEqual(seen({ pressure: '' }, 'pressureIo', { parts: ['pressure'] }), ['=unknown'])
    assert.deepEqual(seen({}, 'pressureIo', { parts: ['pressure'] }), ['=1.5'])
  })
})

describe('in a container', () => {
  test('processor and memory are its own, whatever the machine and its neighbours do', () => {
    const burning = { ...container, 'processor-last': processor(1400, 0, 500, 9000, 100, 0, 0, 10, 0, 0) }
    const { scope } = look(burning)
    // One second of time on two processors in two seconds; 500 MB of the machine's 1,024.
    assert.deepEqual([scope, ...seen(burning, 'cpu'), ...seen(burning, 'memory')], ['cgroup', '=25', '=48.8'])
    for (const item of [
      'load',
      'steal',
      'ioWait',
      'pressureCpu',
      'swap',
      'clockSync',
      'temperature',
    ] as const)
      assert.deepEqual(seen(burning, item), ['=absent'], item)
  })

  test('its own limits count', () => {
    const limited = 'current 400000000\nmax 500000000\ninactive 0\noom 3\nquota 50000 100000\n'
    const changed = { ...container, 'group-room': limited }
    assert.deepEqual([...seen(changed, 'cpu'), ...seen(changed, 'memory')], ['=100', '=80'])
    assert.equal(look(changed).memory.oomKills, 3)
  })

  test('version 1 writes a huge number where there is no limit', () => {
    const room = 'current 512000000\nmax 9223372036854771712\ninactive 0\noom 0\n'
    assert.deepEqual(seen({ ...container, 'group-room': room }, 'memory'), ['=50'])
  })

  test('where its group is not shown, processor and memory are unknown and not the machine’s', () => {
    const hidden = { container: 'lxc\n' }
    assert.deepEqual([...seen(hidden, 'cpu'), ...seen(hidden, 'memory')], ['=unknown', '=unknown'])
    assert.equal(look(hidden).memory.oomKills, null)
  })
})
