import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { patrolScripts } from '../../playbooks/facts/patrol.ts'
import { figuresOf, ran, text } from './patrol-host.ts'

const systemctl =
  'case $1 in show) shift 8; for unit; do printf "Id=%s\\nLoadState=loaded\\nActiveState=active\\n\\n" "$unit"; done ;; esac'

describe('the script of an inspection', () => {
  test('reads its counters two seconds apart, and answers in little more', () => {
    const { answer, look, seconds, bytes } = ran()
    const [first = NaN, last = NaN] = ['uptime-first', 'uptime-last'].map((name) =>
      Number.parseFloat(answer.sections.get(name)?.bytes.toString() ?? ''),
    )
    assert.ok(last - first >= 2, `${last - first}`)
    assert.ok(seconds < 30 && bytes < 200_000, `${seconds} s, ${bytes} bytes`)
    const own = look.figures.filter(({ item }) => item === 'cpu' || item === 'diskFree')
    assert.ok(own.length >= 2 && own.every(({ state }) => state === 'seen'), JSON.stringify(own))
  })

  test('asks for the services and mounts that it was given, whatever they are called', () => {
    const services = ['nginx.service', 'getty@tty1.service']
    const memoryFileSystems = ['/dev/shm', "/mnt/it's $(touch x) -- here"]
    const { look } = ran({ programs: { systemctl }, wanted: { services, memoryFileSystems } })
    const seen = look.figures
      .filter(({ item }) => item === 'services' || item === 'memoryFileSystemFree')
      .map((one) => `${one.item} ${one.of} ${one.state}`)
    assert.deepEqual(seen, [
      'memoryFileSystemFree /dev/shm seen',
      `memoryFileSystemFree ${memoryFileSystems[1]} unknown`,
      'services nginx.service seen',
      'services getty@tty1.service seen',
    ])
  })

  // Fault 22, hosts: a mount hangs, so that df does, and does not hear that it should end.
  // Outcome: it is ended, the part is unknown, and all others are as good as ever.
  test('a df that hangs is ended, and only its part is unknown', () => {
    const df = `case $1 in -lPTi) exec /bin/df "$@" ;; esac; trap '' TERM; while :; do sleep 1; done`
    const { answer, look, seconds } = ran({ programs: { df } })
    assert.ok(seconds < 40, `${seconds} s`)
    assert.ok([124, 137].includes(answer.sections.get('disks')?.code ?? 0))
    const of = (item: string) => look.figures.filter((one) => one.item === item).map(({ state }) => state)
    assert.deepEqual(of('diskFree'), ['unknown'])
    assert.ok(!of('cpu').includes('unknown') && of('inodesFree').every((state) => state === 'seen'))
  })

  // Fault 21, hosts: a command of an inspection prints without end.
  // Outcome: it is cut off, its part is unknown, and memory is bounded.
  test('a command that prints without end is cut off, and its part is unknown', () => {
    const { look, bytes } = ran({ programs: { systemctl: 'exec yes a.service' } })
    assert.ok(bytes < 400_000, `${bytes}`)
    assert.ok(look.figures.some(({ item, state }) => item === 'failedUnits' && state === 'unknown'))
  })

  test('reads sensors, power and disks where they are, and the exit code of smartctl as it was', () => {
    const smartctl =
      'case $* in *nvme0n1) echo "SMART support is:     Unavailable - device lacks SMART capability."; exit 4 ;; *sdb) echo "Device is in STANDBY mode, exit(2)"; exit 2 ;; esac; exit 8'
    const { answer } = ran({
      programs: { smartctl },
      files: {
        '/sys/class/hwmon/hwmon0/temp1_input': '41000',
        '/sys/class/hwmon/hwmon0/temp1_crit': '95000',
        '/sys/class/hwmon/hwmon1/temp2_input': '38000',
        '/sys/class/power_supply/AC/type': 'Mains',
        '/sys/class/power_supply/AC/online': '0',
        '/sys/class/power_supply/BAT0/type': 'Battery',
        '/sys/class/power_supply/BAT0/status': 'Not charging',
        '/sys/class/hwmon/hwmon2/temp1_input': '127000',
        '/sys/class/hwmon/hwmon2/temp1_fault': '1',
        '/sys/block/sda/size': '1',
        '/sys/block/sdb/size': '1',
        // A reader without a card, and one of the ways to a disk.
        '/sys/block/sdc/size': '0',
        '/sys/block/nvme0c0n1/size': '1',
        '/sys/block/nvme0c0n1/hidden': '1',
        '/sys/block/nvme0n1/size': '1',
      },
    })
    assert.equal(text(answer, 'sensors'), 'hwmon0/temp1 41000 95000\nhwmon1/temp2 38000 -\n')
    assert.equal(text(answer, 'power'), 'AC Mains 0 -\nBAT0 Battery - Not charging\n')
    assert.equal(text(answer, 'block-health'), 'sda 8\nsdb asleep\nnvme0n1 -\n')
  })

  test('a sensor that hangs is ended, and the others stand before it', () => {
    // /dev/fd of a pipe that nobody writes to would do; a program that stands for the kernel is simpler.
    const { answer, look, seconds } = ran({
      programs: { cat: 'case $1 in *temp2_input) exec sleep 60 ;; esac; exec /bin/cat "$@"' },
      files: { '/sys/class/hwmon/hwmon0/temp1_input': '41000', '/sys/class/hwmon/hwmon0/temp2_input': '1' },
    })
    assert.ok(seconds < 40, `${seconds} s`)
    assert.equal(answer.sections.get('sensors')?.code, 124)
    assert.deepEqual(figuresOf(look, 'temperature'), ['hwmon0/temp1=41', '=unknown'])
  })

  test('reads pools of storage where their tools are, without a lock or a flush', () => {
    const dmsetup =
      'test "$*" = "status --noflush --target thin-pool" && echo "vg-p-tpool: 0 8 thin-pool 1 1/10 5/10 - rw x - 1024"'
    const pool = '/sys/fs/btrfs/0f5b8a1c-93f1-48d3-bfbf-74426eaa229a'
    const { answer, look } = ran({
      programs: { dmsetup },
      files: {
        [`${pool}/label`]: 'data\n',
        [`${pool}/devices/sda/size`]: '2000\n',
        ...Object.fromEntries(
          ['data', 'metadata', 'system'].flatMap((kind) => [
            [`${pool}/allocation/${kind}/disk_total`, '200000\n'],
            [`${pool}/allocation/${kind}/total_bytes`, '100000\n'],
            [`${pool}/allocation/${kind}/bytes_used`, '50000\n'],
          ]),
        ),
      },
    })
    assert.equal(text(answer, 'btrfs-pools'), `${pool.slice(-36)} 1024000 600000 200000 100000 50000 data\n`)
    assert.deepEqual(figuresOf(look, 'poolFree'), [
      'vg-p data=50',
      'vg-p metadata=90',
      'btrfs data metadata=84',
    ])
  })

  test('reads the group of a container of either version, below init.scope or not', () => {
    const version2 = ran({
      files: {
        '/run/systemd/container': 'systemd-nspawn\n',
        '/proc/1/cgroup': '0::/init.scope\n',
        '/sys/fs/cgroup/cpu.stat': 'usage_usec 1234\nuser_usec 1\n',
        '/sys/fs/cgroup/memory.current': '1000\n',
        '/sys/fs/cgroup/memory.max': 'max\n',
        '/sys/fs/cgroup/memory.stat': 'anon 1\ninactive_file 300\n',
        '/sys/fs/cgroup/memory.events': 'oom 7\noom_kill 2\n',
        '/sys/fs/cgroup/cpu.max': '50000 100000\n',
      },
    }).answer
    assert.equal(text(version2, 'container'), 'systemd-nspawn\n')
    assert.equal(text(version2, 'group-last'), '1234\n')
    assert.equal(
      text(version2, 'group-room'),
      'current 1000\nmax max\ninactive 300\noom 2\nquota 50000 100000\n',
    )
    const version1 = ran({
      files: {
        '/run/.containerenv': '',
        '/proc/1/cgroup': '9:memory:/a/init.scope\n4:cpu,cpuacct:/a/init.scope\n1:name=systemd:/a\n',
        '/sys/fs/cgroup/cpuacct/a/cpuacct.usage': '5000999\n',
        '/sys/fs/cgroup/memory/a/memory.usage_in_bytes': '2000\n',
        '/sys/fs/cgroup/memory/a/memory.limit_in_bytes': '9223372036854771712\n',
        '/sys/fs/cgroup/memory/a/memory.stat': 'total_inactive_file 100\n',
        '/sys/fs/cgroup/memory/a/memory.oom_control': 'under_oom 0\noom_kill 1\n',
        '/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '50000\n',
        '/sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '100000\n',
      },
    }).answer
    assert.equal(text(version1, 'container'), 'container\n')
    assert.equal(text(version1, 'group-last'), '5000\n')
    assert.equal(
      text(version1, 'group-room'),
      'current 2000\nmax 9223372036854771712\ninactive 100\noom 1\nquota 50000 100000\n',
    )
  })

  test('names the kernel that runs and those that are installed', () => {
    const files = { '/boot/vmlinuz-6.1.0-28-amd64': '', '/boot/vmlinuz-6.1.0-30-amd64': '' }
    const { answer } = ran({ programs: { uname: 'echo 6.1.0-28-amd64' }, files })
    assert.equal(text(answer, 'kernels'), '6.1.0-28-amd64\n6.1.0-28-amd64\n6.1.0-30-amd64\n')
  })

  test('writes nothing: no redirection but to nowhere and between its own streams, no temporary file', () => {
    const path = join(import.meta.dirname, '../../playbooks/facts')
    const text = patrolScripts
      .map((name) => readFileSync(join(path, name), 'utf8'))
      .join('\n')
      .replaceAll(/^ *#.*$/gm, '')
    const written = [...text.matchAll(/[0-9]?>+(?!&)\s*("?[^\s;)]+)/g)].map(([, to]) => to)
    assert.deepEqual([...new Set(written)], ['/dev/null'])
    assert.doesNotMatch(
      text,
      /\b(mktemp|tee|touch|mkdir|cp|mv|rm|ln|dd|sysctl -w|systemctl (start|stop|restart))\b/,
    )
  })
})
