import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { local } from '../connect/local.ts'
import type { LabPaths } from './layout.ts'
import { until } from './must.ts'

/**
 * Ends what an `up` that was killed left at work: installations into layers and downloads; with `machines too` also
 * machines whose pid file was lost, and what still asks them whether they are well.
 */
export async function endLeftovers(paths: LabPaths, how?: 'machines too'): Promise<void> {
  const left = () => leftovers(paths, how === 'machines too')
  const pids = left()
  if (pids.length === 0) return
  await local(['kill', '-9', ...pids])
  await until(async () => left().length === 0, 5_000, 50)
}

function leftovers(paths: LabPaths, machines: boolean): readonly string[] {
  const self = readlinkSync('/proc/self')
  const inside = machines ? pidsBelow(join('/sys/fs/cgroup/systemd', paths.cgroup)) : []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== self && name !== '1')
    .filter(
      (pid) =>
        isBuilder(paths, pid) ||
        (machines && (isMachine(paths, pid) || isAsking(paths, pid))) ||
        inside.includes(pid),
    )
}

/** All processes of a cgroup: a machine whose systemd-nspawn was killed goes on without it. */
function pidsBelow(directory: string): readonly string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name === 'cgroup.procs')
    .flatMap((file) => readFileSync(join(file.parentPath, file.name), 'utf8').split('\n'))
    .filter((pid) => /^[1-9]\d*$/.test(pid))
}

function isBuilder(paths: LabPaths, pid: string): boolean {
  const inside = (path: string) => [paths.layers, paths.archives].some((dir) => path.startsWith(`${dir}/`))
  const words = read(pid, 'cmdline').split('\0')
  return (
    ['root', 'cwd'].some((link) => inside(linkOf(pid, link))) ||
    (/(mmdebstrap|unshare|btrfs|chroot)$/.test(words[0] ?? '') && words.some(inside)) ||
    (words.some((word) => word.endsWith('mmdebstrap')) && words.some(inside)) ||
    read(pid, 'environ').includes(`APT_CONFIG=${paths.archives}/`)
  )
}

function isMachine(paths: LabPaths, pid: string): boolean {
  const command = read(pid, 'cmdline')
  return command.startsWith('systemd-nspawn\0') && command.includes(`=${paths.hosts}/`)
}

function isAsking(paths: LabPaths, pid: string): boolean {
  return read(pid, 'cmdline').startsWith(`ssh\0-n\0-F\0${paths.sshConfig}\0`)
}

function linkOf(pid: string, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`)
  } catch {
    return '' // it ended meanwhile
  }
}

function read(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}
