import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { local } from '../connect/local.ts'
import { imageBytes, type LabPaths } from './layout.ts'
import { must, succeeds } from './must.ts'

/** Path of the image of a recipe; another recipe is another image. */
export function imageFile(paths: LabPaths, digest: string): string {
  return join(paths.cache, `base-${digest.slice(0, 16)}.btrfs`)
}

/** Makes the image if it is not there and mounts it; images of other recipes go. */
export async function mountImage(paths: LabPaths, digest: string): Promise<void> {
  const image = imageFile(paths, digest)
  if (!(await isMounted(paths))) {
    mkdirSync(paths.cache, { recursive: true, mode: 0o700 })
    mkdirSync(paths.fs, { recursive: true })
    removeImages(paths, image)
    if (!existsSync(image)) {
      const fresh = `${image}.part`
      rmSync(fresh, { force: true })
      await must(['truncate', '-s', String(imageBytes), fresh])
      await must(['chmod', '600', fresh])
      await must(['mkfs.btrfs', '-q', '-m', 'single', fresh])
      await must(['mv', fresh, image])
    }
    await must(['mount', '-o', 'loop,noatime', image, paths.fs])
  }
  for (const dir of [paths.layers, paths.hosts, paths.pristine]) mkdirSync(dir, { recursive: true })
}

/** Whether the lab's file system is mounted. */
export async function isMounted(paths: LabPaths): Promise<boolean> {
  return succeeds(['mountpoint', '-q', paths.fs])
}

/** Unmounts all that lies under the lab; the loop device goes with its mount. */
export async function unmountAll(paths: LabPaths): Promise<void> {
  const table = await must(['cat', '/proc/self/mounts'])
  const points = table
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point === paths.fs || point.startsWith(`${paths.dir}/`))
  for (const point of points.reverse()) {
    if (await succeeds(['umount', point])) continue
    await local(['sleep', '1'])
    await must(['umount', point])
  }
  for (const image of existsSync(paths.cache) ? readdirSync(paths.cache) : []) {
    const loops = await local(['losetup', '-n', '-O', 'NAME', '-j', join(paths.cache, image)])
    for (const loop of loops.stdout.split('\n').filter(Boolean)) await local(['losetup', '-d', loop])
  }
}

function removeImages(paths: LabPaths, keep: string): void {
  for (const name of existsSync(paths.cache) ? readdirSync(paths.cache) : []) {
    const file = join(paths.cache, name)
    if (name.startsWith('base-') && file !== keep) rmSync(file)
  }
}

/** Makes `to` a writable snapshot of the subvolume `from`; what is at `to` already goes. */
export async function snapshot(from: string, to: string): Promise<void> {
  await deleteSubvolume(to)
  await must(['btrfs', 'subvolume', 'snapshot', from, to])
}

/** Deletes a subvolume with those inside it, if it is there. */
export async function deleteSubvolume(path: string): Promise<void> {
  if (!existsSync(path)) return
  for (const nested of [...(await nestedSubvolumes(path))].reverse()) {
    await must(['btrfs', 'subvolume', 'delete', join(path, nested)])
  }
  await must(['btrfs', 'subvolume', 'delete', path])
}

/** Deletes the snapshots that were taken of a host. */
export async function deleteSnapshots(paths: LabPaths, host: string): Promise<void> {
  await deleteAllIn(join(paths.fs, 'snapshots', host))
}

/** Deletes a directory with all subvolumes and files in it. */
export async function deleteAllIn(directory: string): Promise<void> {
  if (!existsSync(directory)) return
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    if (await succeeds(['btrfs', 'subvolume', 'show', path])) await deleteSubvolume(path)
  }
  rmSync(directory, { recursive: true, force: true })
}

/** Subvolumes that lie inside a subvolume, relative to it: a snapshot of it would leave them out. */
export async function nestedSubvolumes(path: string): Promise<readonly string[]> {
  // On btrfs each subvolume's root directory has inode 256.
  const found = await must(['find', path, '-mindepth', '1', '-inum', '256', '-type', 'd', '-printf', '%P\\n'])
  return found.split('\n').filter(Boolean)
}
