import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { type Answer, parseAnswer, scriptText } from '../../playbooks/facts/answer.ts'
import { readLook } from '../../playbooks/facts/patrol.ts'
import { payload } from '../../connect/script.ts'

const script = `${await scriptText('frame.sh')}\n${await scriptText('patrol.sh')}`
const dir = mkdtempSync(join(tmpdir(), 'upkeep-patrol-'))
after(() => rmSync(dir, { recursive: true, force: true }))

/** Programs of this machine's own stand behind these. */
function fake(programs: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(dir, 'bin-'))
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(path, name), 0o755)
  }
  return path
}

/** Files of a machine that is not this one. */
function tree(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(dir, 'tree-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

/** The script as it reads these instead of this machine's. */
function below(root: string): string {
  return script.replaceAll(
    /(?<![A-Za-z0-9}*])(\/sys\/|\/run\/|\/boot\/|\/proc\/1\/cgroup|\/\.dockerenv)/g,
    `${root}$1`,
  )
}

function text(answer: Answer, name: string): string {
  const part = answer.sections.get(name)
  assert.equal(part?.code, 0, name)
  return part.bytes.toString()
}

/** Runs the script as a host does, but for the PATH; its answer and the seconds that it took. */
function ran(
  args: readonly string[],
  programs: Readonly<Record<string, string>> = {},
  files?: Readonly<Record<string, string>>,
): { readonly answer: Answer; readonly seconds: number; readonly bytes: number } {
  const input = payload(files === undefined ? script : below(tree(files)), args).replace(
    / PATH=[^;]*/,
    ` PATH=${fake(programs)}:/usr/sbin:/usr/bin:/sbin:/bin`,
  )
  const began = Date.now()
  const { stdout, status, stderr } = spawnSync('/bin/sh', ['-s'], {
    input,
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 64 << 20,
  })
  assert.equal(status, 0, stderr)
  const answer = parseAnswer('here', stdout.replace(/^.*\n/, ''))
  assert.ok(answer.ok, JSON.stringify(answer))
  return { answer: answer.value, seconds: (Date.now() - began) / 1000, bytes: stdout.length }
}

const times = { before: 0, after: Number.MAX_SAFE_INTEGER }
const systemctl =
  'case $1 in show) shift 8; for unit; do printf "Id=%s\\nLoadState=loaded\\nActiveState=active\\n\\n" "$unit"; done ;; esac'

describe('the script of an inspection', () => {
  test('reads its counters two seconds apart, and answers in little more', () => {
    const { answer, seconds, bytes } = ran(['0'])
    const [first = NaN, last = NaN] = ['uptime-first', 'uptime-last'].map((name) =>
      Number.parseFloat(answer.sections.get(name)?.bytes.toString() ?? ''),
    )
    assert.ok(last - first >= 2, `${last - first}`)
    assert.ok(seconds < 15 && bytes < 200_000, `${seconds} s, ${bytes} bytes`)
    const { figures } = readLook(answer, { services: [], memoryFileSystems: [], parts: [] }, times)
    const own = figures.filter(({ item }) => item === 'cpu' || item === 'diskFree')
    assert.ok(own.length >= 2 && own.every(({ state }) => state === 'seen'), JSON.stringify(own))
  })

  test('asks for the services and mounts that it was given, whatever they are called', () => {
    const services = ['nginx.service', 'getty@tty1.service']
    const memoryFileSystems = ['/dev/shm', "/mnt/it's $(touch x) -- here"]
    const { answer } = ran(['2', ...services, ...memoryFileSystems], { systemctl })
    const { figures } = readLook(answer, { services, memoryFileSystems, parts: [] }, times)
    const seen = figures
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
    const { answer, seconds } = ran(['0'], { df })
    assert.ok(seconds < 20, `${seconds} s`)
    assert.ok([124, 137].includes(answer.sections.get('disks')?.code ?? 0))
    const { figures } = readLook(answer, { services: [], memoryFileSystems: [], parts: [] }, times)
    const of = (item: string) => figures.filter((one) => one.item === item).map(({ state }) => state)
    assert.deepEqual(of('diskFree'), ['unknown'])
    assert.ok(!of('cpu').includes('unknown') && of('inodesFree').every((state) => state === 'seen'))
  })

  // Fault 21, hosts: a command of an inspection prints without end.
  // Outcome: it is cut off, its part is unknown, and memory is bounded.
  test('a command that prints without end is cut off, and its part is unknown', () => {
    const { answer, bytes } = ran(['0'], { systemctl: 'exec yes a.service' })
    assert.ok(bytes < 400_000, `${bytes}`)
    const { figures } = readLook(answer, { services: [], memoryFileSystems: [], parts: [] }, times)
    assert.ok(figures.some(({ item, state }) => item === 'failedUnits' && state === 'unknown'))
  })

  test('reads sensors, power and disks where they are, and the exit code of smartctl as it was', () => {
    const smartctl =
      'case $* in *nvme0n1) echo "SMART support is:     Unavailable - device lacks SMART capability."; exit 4 ;; esac; exit 8'
    const { answer } = ran(
      ['0'],
      { smartctl },
      {
        '/sys/class/hwmon/hwmon0/temp1_input': '41000',
        '/sys/class/hwmon/hwmon0/temp1_crit': '95000',
        '/sys/class/hwmon/hwmon1/temp2_input': '38000',
        '/sys/class/power_supply/AC/type': 'Mains',
        '/sys/class/power_supply/AC/online': '0',
        '/sys/class/power_supply/BAT0/type': 'Battery',
        '/sys/class/power_supply/BAT0/status': 'Not charging',
        '/sys/block/sda/size': '1',
        '/sys/block/nvme0n1/size': '1',
      },
    )
    assert.equal(text(answer, 'sensors'), 'hwmon0/temp1 41000 95000\nhwmon1/temp2 38000 -\n')
    assert.equal(text(answer, 'power'), 'AC Mains 0 -\nBAT0 Battery - Not charging\n')
    assert.equal(text(answer, 'block-health'), 'sda 8\nnvme0n1 -\n')
  })

  test('reads the group of a container of either version, below init.scope or not', () => {
    const version2 = ran(
      ['0'],
      {},
      {
        '/run/systemd/container': 'systemd-nspawn\n',
        '/proc/1/cgroup': '0::/init.scope\n',
        '/sys/fs/cgroup/cpu.stat': 'usage_usec 1234\nuser_usec 1\n',
        '/sys/fs/cgroup/memory.current': '1000\n',
        '/sys/fs/cgroup/memory.max': 'max\n',
        '/sys/fs/cgroup/memory.stat': 'anon 1\ninactive_file 300\n',
        '/sys/fs/cgroup/memory.events': 'oom 7\noom_kill 2\n',
        '/sys/fs/cgroup/cpu.max': '50000 100000\n',
      },
    ).answer
    assert.equal(text(version2, 'container'), 'systemd-nspawn\n')
    assert.equal(text(version2, 'group-last'), '1234\n')
    assert.equal(
      text(version2, 'group-room'),
      'current 1000\nmax max\ninactive 300\noom 2\nquota 50000 100000\n',
    )
    const version1 = ran(
      ['0'],
      {},
      {
        '/run/.containerenv': '',
        '/proc/1/cgroup': '9:memory:/a/init.scope\n4:cpu,cpuacct:/a/init.scope\n1:name=systemd:/a\n',
        '/sys/fs/cgroup/cpuacct/a/cpuacct.usage': '5000999\n',
        '/sys/fs/cgroup/memory/a/memory.usage_in_bytes': '2000\n',
        '/sys/fs/cgroup/memory/a/memory.limit_in_bytes': '9223372036854771712\n',
        '/sys/fs/cgroup/memory/a/memory.stat': 'total_inactive_file 100\n',
        '/sys/fs/cgroup/memory/a/memory.oom_control': 'under_oom 0\noom_kill 1\n',
      },
    ).answer
    assert.equal(text(version1, 'container'), 'container\n')
    assert.equal(text(version1, 'group-last'), '5000\n')
    assert.equal(text(version1, 'group-room'), 'current 2000\nmax 9223372036854771712\ninactive 100\noom 1\n')
  })

  test('sees a newer kernel of the same flavour, and no other one', () => {
    const uname = 'echo 6.1.0-28-amd64'
    const kernels = (...names: readonly string[]) =>
      text(
        ran(['0'], { uname }, Object.fromEntries(names.map((name) => [`/boot/vmlinuz-${name}`, '']))).answer,
        'reboot',
      )
    assert.equal(
      kernels('6.1.0-9-amd64', '6.1.0-28-amd64', '6.1.0-30-amd64', '6.9.0-1-rt-amd64'),
      'kernel 6.1.0-30-amd64 is installed, 6.1.0-28-amd64 runs\n',
    )
    assert.equal(kernels('6.1.0-28-amd64', '6.1.0-30-cloud-amd64', '0-rescue-1f'), '')
  })

  test('writes nothing: no redirection but to nowhere and between its own streams, no temporary file', () => {
    const path = join(import.meta.dirname, '../../playbooks/facts/patrol.sh')
    const text = readFileSync(path, 'utf8').replaceAll(/^ *#.*$/gm, '')
    const written = [...text.matchAll(/[0-9]?>+(?!&)\s*("?[^\s;)]+)/g)].map(([, to]) => to)
    assert.deepEqual([...new Set(written)], ['/dev/null'])
    assert.doesNotMatch(
      text,
      /\b(mktemp|tee|touch|mkdir|cp|mv|rm|ln|dd|sysctl -w|systemctl (start|stop|restart))\b/,
    )
  })
})
