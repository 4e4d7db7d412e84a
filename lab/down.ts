import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cloudPaths } from './cloud/layout.ts'
import { stopMoto } from './cloud/moto.ts'
import { downBridge, downServer } from './controller-side.ts'
import { labHosts } from './hosts.ts'
import { deleteAllIn, deleteSnapshots, isMounted, unmountAll } from './image.ts'
import { restoreInotifyLimit } from './inotify-limit.ts'
import { endLeftovers } from './leftovers.ts'
import { labPaths, type LabPaths } from './layout.ts'
import { stopMachine } from './machine.ts'
import { presentTools, removeTools, restorePolicy } from './tool-packages.ts'

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
  await stopMoto(cloudPaths(paths))
  report('stopping the hosts')
  await Promise.all(machinesOf(paths).map((name) => stopMachine(paths, name, 'at once')))
  await downServer(paths)
  await endLeftovers(paths, 'machines too')
  await restorePolicy()
  if (await isMounted(paths)) await removeHosts(paths)
  await unmountAll(paths)
  await downBridge()
  restoreInotifyLimit(paths)
  removeCgroups(paths)
  const tools = await presentTools(paths.installed)
  if (options.packages && tools.length > 0) {
    report(`removing the packages that the lab installed: ${tools.join(' ')}`)
    const others = await removeTools(tools)
    if (others.length > 0)
      report(`left where they are: ${others.join(' ')} need them, and came from elsewhere`)
  }
  const left = await presentTools(paths.installed)
  // The list of what was installed stays as long as it is: somebody may want that removed later.
  if (!options.keepCache) removeAllBut(paths.cache, left.length > 0 ? [paths.installed] : [])
  rmSync(paths.dir, { recursive: true, force: true })
  return { toolsLeft: left }
}

/** Deletes what makes this lab this lab: hosts and snapshots; layers and packages stay in the image. */
async function removeHosts(paths: LabPaths): Promise<void> {
  for (const name of machinesOf(paths)) await deleteSnapshots(paths, name)
  for (const directory of [paths.hosts, paths.pristine, join(paths.fs, 'snapshots')])
    await deleteAllIn(directory)
}

/** The lab's own machines, and those that tests have put beside them. */
function machinesOf(paths: LabPaths): readonly string[] {
  const made = existsSync(paths.hosts) ? readdirSync(paths.hosts) : []
  return [
    ...new Set([...labHosts.map(({ name }) => name), ...made.filter((name) => !name.endsWith('.part'))]),
  ]
}

function removeAllBut(directory: string, kept: readonly string[]): void {
  if (kept.length === 0) return rmSync(directory, { recursive: true, force: true })
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    if (!kept.includes(path)) rmSync(path, { recursive: true, force: true })
  }
}

function removeCgroups(paths: LabPaths): void {
  const tops = ['', 'systemd', 'unified', 'memory', 'cpu', 'cpuacct', 'pids', 'blkio']
  for (const top of tops) removeTree(join('/sys/fs/cgroup', top, paths.cgroup))
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
