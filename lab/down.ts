import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { local } from '../connect/local.ts'
import { downBridge, downServer } from './controller-side.ts'
import { labHosts } from './hosts.ts'
import { deleteSubvolume, isMounted, removeImages, unmountAll } from './image.ts'
import { cacheDir, labPaths, type LabPaths } from './layout.ts'
import { stopMachine } from './machine.ts'
import { presentTools, removeTools, restorePolicy } from './tool-packages.ts'
import { until } from './must.ts'

export type LabDownOptions = {
  readonly report: (line: string) => void
  readonly dir?: string
  /** Remove the Debian packages that `up` installed, too. */
  readonly packages: boolean
  /** Keep the built layers and the fetched packages for the next `up`. */
  readonly keepCache: boolean
}

/** Removes the lab, whole or half made; answers the packages of this machine that `up` brought and that are still there. */
export async function labDown(options: LabDownOptions): Promise<{ readonly toolsLeft: readonly string[] }> {
  const { report } = options
  const paths = labPaths(options.dir)
  report('stopping the hosts')
  await Promise.all(labHosts.map(({ name }) => stopMachine(paths, name, 'at once')))
  await downServer(paths)
  await endProcessesInside(paths)
  await restorePolicy()
  if (await isMounted(paths)) await removeHosts(paths)
  await unmountAll(paths)
  await downBridge()
  removeCgroups()
  const tools = await presentTools(paths.installed)
  if (options.packages && tools.length > 0) {
    report(`removing the packages that the lab installed: ${tools.join(' ')}`)
    await removeTools(tools)
  }
  const left = options.packages ? [] : tools
  if (!options.keepCache) removeImages()
  if (!options.keepCache) rmSync(cacheDir, { recursive: true, force: true })
  rmSync(paths.dir, { recursive: true, force: true })
  return { toolsLeft: left }
}

/** Deletes what makes this lab this lab: hosts and snapshots; layers and packages stay in the image. */
async function removeHosts(paths: LabPaths): Promise<void> {
  const snapshots = join(paths.fs, 'snapshots')
  const parents = [paths.hosts, paths.pristine]
  if (existsSync(snapshots)) parents.push(...readdirSync(snapshots).map((name) => join(snapshots, name)))
  for (const parent of parents) {
    for (const name of existsSync(parent) ? readdirSync(parent) : []) {
      const path = join(parent, name)
      const isSubvolume = (await local(['btrfs', 'subvolume', 'show', path])).code === 0
      if (isSubvolume) await deleteSubvolume(path)
      else rmSync(path, { recursive: true, force: true })
    }
  }
  rmSync(snapshots, { recursive: true, force: true })
}

/** Ends what still works inside the lab's tree, such as a half-done installation of a killed `up`. */
async function endProcessesInside(paths: LabPaths): Promise<void> {
  const inside = () => processesInside(paths)
  const pids = inside()
  if (pids.length === 0) return
  await local(['kill', '-9', ...pids])
  await until(async () => inside().length === 0, 5_000, 50)
}

function processesInside(paths: LabPaths): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== readlinkSync('/proc/self'))
    .filter(
      (pid) =>
        ['root', 'cwd'].some((link) => linkOf(pid, link).startsWith(`${paths.fs}/`)) || isNspawn(pid, paths),
    )
}

// One whose pid file was not written yet, or was lost.
function isNspawn(pid: string, paths: LabPaths): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return command.startsWith('systemd-nspawn\0') && command.includes(`=${paths.hosts}/`)
  } catch {
    return false
  }
}

function linkOf(pid: string, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`)
  } catch {
    return ''
  }
}

function removeCgroups(): void {
  const tops = ['', 'systemd', 'unified', 'memory', 'cpu', 'cpuacct', 'pids', 'blkio']
  for (const top of tops) removeTree(join('/sys/fs/cgroup', top, 'upkeep-lab'))
}

// A cgroup's files go with it: only directories are removed, from below.
function removeTree(directory: string): void {
  if (!existsSync(directory)) return
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(directory, entry.name))
  }
  try {
    rmdirSync(directory)
  } catch {
    // Still in use for a moment; an empty cgroup does no harm.
  }
}
