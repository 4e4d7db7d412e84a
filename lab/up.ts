import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { platform, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { labBackup } from './backup.ts'
import { buildLayers, layerSecrets } from './build-layers.ts'
import { downServer, upBridge, upServer } from './controller-side.ts'
import { dressHost } from './dress.ts'
import { complaints } from './health.ts'
import { type LabHost, labHosts } from './hosts.ts'
import { imageFile, isMounted, mountImage, snapshot, unmountAll } from './image.ts'
import { makeKeys, writeSecrets, writeSshFiles } from './keys.ts'
import { labPaths, neededBytes, type LabPaths } from './layout.ts'
import { execMachine, leaderPid, startMachine, stopMachine } from './machine.ts'
import { recipeDigest } from './recipe.ts'
import { publish } from './repository.ts'
import { raiseInotifyLimit } from './inotify-limit.ts'
import { endLeftovers } from './leftovers.ts'
import { must, until } from './must.ts'
import { writeMachineProgram } from './machine-program.ts'
import { installTools } from './tool-packages.ts'

export type LabUpOptions = {
  /** Takes one line at a time, for a person. */
  readonly report: (line: string) => void
  readonly dir?: string
}

/** How `up` ended; `why` is one sentence, or what a command said. */
export type LabUpResult = { readonly up: true } | { readonly up: false; readonly why: string }

/** Brings the lab up from whatever there is: nothing, half of it, a lab that was stopped, a running one. */
export async function labUp(options: LabUpOptions): Promise<LabUpResult> {
  const paths = labPaths(options.dir)
  const refusal = refusedBy(paths)
  if (refusal !== undefined) return { up: false, why: refusal }
  try {
    await bringUp(paths, options)
    return { up: true }
  } catch (error) {
    return { up: false, why: error instanceof Error ? error.message : String(error) }
  }
}

/** Why this machine can not carry the lab, in one sentence. */
export function refusedBy(paths: LabPaths): string | undefined {
  if (platform() !== 'linux')
    return 'The lab needs Linux (Debian or Ubuntu): its hosts are systemd-nspawn containers.'
  if (userInfo().uid !== 0) return 'The lab needs root: it makes containers, a bridge and a file system.'
  if (!existsSync('/usr/bin/apt-get'))
    return 'The lab needs a Debian or Ubuntu machine: it installs its tools with apt.'
  const known = readFileSync('/proc/filesystems', 'utf8')
  if (!/\tbtrfs$/m.test(known) && !existsSync('/sbin/modprobe'))
    return 'The lab needs btrfs, which this kernel has not.'
  if (existsSync(imageFile(paths, recipeDigest()))) return undefined
  const { bavail, bsize } = statfsSync(existsSync(dirname(paths.dir)) ? dirname(paths.dir) : '/')
  const gib = (bytes: number) => (bytes / 1024 ** 3).toFixed(1)
  if (bavail * bsize < neededBytes)
    return `The lab needs ${gib(neededBytes)} GiB of free disk under ${dirname(paths.dir)}; ${gib(bavail * bsize)} GiB are free.`
  return undefined
}

async function bringUp(paths: LabPaths, { report }: LabUpOptions): Promise<void> {
  const node = readlinkSync('/proc/self/exe')
  mkdirSync(paths.dir, { recursive: true, mode: 0o755 })
  mkdirSync(paths.cache, { recursive: true, mode: 0o700 })
  onlyOne(paths)
  await endLeftovers(paths)
  await installTools(paths.installed, report)
  const recipe = recipeDigest()
  if (await isOfAnotherRecipe(paths, recipe)) {
    report('the recipe of the lab has changed: making it anew')
    await removeLab(paths)
  }
  await mountImage(paths, recipe)
  await upBridge()
  raiseInotifyLimit(paths)
  await buildLayers(paths, report, () => upServer(paths, node))
  await upServer(paths, node)
  writeMachineProgram(paths, node)
  if (!existsSync(paths.complete)) await makeHosts(paths, report)
  else await startAgain(paths, report)
}

async function isOfAnotherRecipe(paths: LabPaths, recipe: string): Promise<boolean> {
  if (await isMounted(paths))
    return (await must(['losetup', '-n', '-O', 'NAME', '-j', imageFile(paths, recipe)])) === ''
  if (!existsSync(paths.complete)) return false
  return (JSON.parse(readFileSync(paths.complete, 'utf8')) as { recipe?: string }).recipe !== recipe
}

async function removeLab(paths: LabPaths): Promise<void> {
  await stopAllAtOnce(paths)
  await downServer(paths)
  await unmountAll(paths)
  for (const path of [paths.complete, paths.offers]) rmSync(path, { recursive: true, force: true })
}

async function makeHosts(paths: LabPaths, report: (line: string) => void): Promise<void> {
  report(`making ${labHosts.length} hosts`)
  await stopAllAtOnce(paths)
  await makeKeys(paths)
  await writeSecrets(paths)
  const secrets = await layerSecrets(paths)
  await Promise.all([publishAll(paths), ...labHosts.map((host) => dressHost(paths, host, secrets))])
  writeSshFiles(paths)
  await startAll(paths, report)
  report('keeping the pristine state: stopping, snapshot, starting again')
  await labBackup(paths.dir)
  await stopAllCleanly(paths)
  for (const { name } of labHosts) await snapshot(join(paths.hosts, name), join(paths.pristine, name))
  await must(['btrfs', 'filesystem', 'sync', paths.fs])
  writeFileSync(paths.complete, `${JSON.stringify({ recipe: recipeDigest() })}\n`)
  await startAll(paths, report)
}

async function publishAll(paths: LabPaths): Promise<void> {
  for (const which of ['release', 'erp', 'security'] as const) await publish(paths, which)
}

async function startAgain(paths: LabPaths, report: (line: string) => void): Promise<void> {
  await startAll(paths, report)
  // The gate asks for the age of the last backup; this lab may have been stopped for days.
  await labBackup(paths.dir)
}

async function startAll(paths: LabPaths, report: (line: string) => void): Promise<void> {
  report('starting the hosts')
  await Promise.all(labHosts.map(({ name }) => startMachine(paths, name)))
  await waitUntilHealthy(paths)
}

/** Waits until these hosts and what they carry answer; throws what is still not well after two minutes. */
export async function waitUntilHealthy(paths: LabPaths, hosts: readonly LabHost[] = labHosts): Promise<void> {
  // Asking costs as much as booting: each host says when it is done, and only then is everything looked at.
  await Promise.all(hosts.map(({ name }) => until(() => hasBooted(paths, name), 60_000, 100)))
  let last: readonly string[] = []
  const well = async () => (last = await complaints(paths, hosts)).length === 0
  if (!(await until(well, 120_000, 700))) throw new Error(`the lab is not well: ${last.join('; ')}`)
}

async function hasBooted(paths: LabPaths, name: string): Promise<boolean> {
  if (leaderPid(paths, name) === undefined) return false
  const said = await execMachine(paths, name, 'timeout 20 systemctl is-system-running --wait', 30_000)
  return /^(running|degraded)$/m.test(said.stdout)
}

// Also those that an `up` which was killed has lost sight of.
async function stopAllAtOnce(paths: LabPaths): Promise<void> {
  await Promise.all(labHosts.map(({ name }) => stopMachine(paths, name, 'at once')))
  await endLeftovers(paths, 'machines too')
}

// Writers first: then each standby has all that its primary wrote.
async function stopAllCleanly(paths: LabPaths): Promise<void> {
  const stop = (names: readonly string[]) =>
    Promise.all(names.map((name) => stopMachine(paths, name, 'cleanly')))
  const standby = ['erp-db2']
  await stop(labHosts.map(({ name }) => name).filter((name) => !standby.includes(name)))
  await stop(standby)
}

function onlyOne(paths: LabPaths): void {
  const file = join(paths.dir, 'up.pid')
  const pid = readlinkSync('/proc/self')
  const other = existsSync(file) ? readFileSync(file, 'utf8').trim() : pid
  if (other !== pid && isNode(other)) throw new Error(`another "lab up" is at work (process ${other})`)
  writeFileSync(file, pid)
}

// A process that was killed and not yet waited for, or another one that got its number, is no hindrance.
function isNode(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === readlinkSync('/proc/self/exe')
  } catch {
    return false
  }
}
