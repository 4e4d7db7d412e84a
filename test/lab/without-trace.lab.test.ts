import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { local } from '../../connect/local.ts'
import { labDown } from '../../lab/down.ts'
import { labEstate } from '../../lab/estate.ts'
import { labPaths, network } from '../../lab/layout.ts'
import { labStatus } from '../../lab/status.ts'
import { labUp } from '../../lab/up.ts'

// Its name makes it the last one: it takes the lab down and brings it up again.

const dir = process.env['UPKEEP_LAB_DIR']
const paths = labPaths(dir)
const where = dir === undefined ? {} : { dir }
const report = () => {}
const up = () => labUp({ report, ...where })
const down = () => labDown({ report, ...where, packages: false, keepCache: true })

async function traces(): Promise<readonly string[]> {
  const loops = await local(['losetup', '-n', '-O', 'BACK-FILE'])
  const links = await local(['ip', '-o', 'link'])
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '))
  const cgroups = ['', 'systemd', 'unified', 'memory', 'cpu', 'cpuacct', 'pids', 'blkio']
  return [
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(`${paths.dir}/`)),
    ...loops.stdout.split('\n').filter((file) => file.startsWith(`${paths.cache}/`)),
    ...links.stdout.split('\n').filter((link) => link.includes(network.bridge)),
    ...processes.filter((command) => command.includes(`${paths.dir}/`)),
    ...cgroups.map((top) => join('/sys/fs/cgroup', top, paths.cgroup)).filter((path) => existsSync(path)),
    ...[paths.dir, '/usr/sbin/policy-rc.d.before-upkeep-lab'].filter((path) => existsSync(path)),
  ]
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

test(
  'down leaves nothing behind, also of an up that was killed, and may be said twice',
  { timeout: 600_000 },
  async () => {
    const limit = '/proc/sys/fs/inotify/max_user_instances'
    const before = read(join(paths.dir, 'inotify-before')).trim() || read(limit).trim()
    assert.notDeepEqual(await traces(), [])
    await down()
    assert.deepEqual(await traces(), [])
    assert.equal(read(limit).trim(), before)
    await down()

    const cli = join(import.meta.dirname, '../../lab/cli.ts')
    const env = { UPKEEP_LAB_DIR: paths.dir }
    await local(['timeout', '-s', 'KILL', '9', process.execPath, cli, 'up'], { env, timeoutMs: 60_000 })
    assert.notDeepEqual(await traces(), [])
    await down()
    assert.deepEqual(await traces(), [])

    await local(['timeout', '-s', 'KILL', '12', process.execPath, cli, 'up'], { env, timeoutMs: 60_000 })
    assert.deepEqual(await up(), { up: true }, 'up goes on where another one was killed')
    writeFileSync(join(paths.dir, 'estate.yaml'), labEstate(paths.dir))
    assert.deepEqual(
      (await labStatus(dir)).hosts.filter(({ ssh }) => !ssh),
      [],
    )
  },
)
