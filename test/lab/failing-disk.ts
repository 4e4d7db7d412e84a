import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { local } from '../../connect/local.ts'
import { until } from '../../lab/must.ts'

/** A file system of its own, whose disk can be made to fail. */
export type FailingDisk = {
  /** From now on the kernel gets an I/O error for everything that it writes to the disk. */
  readonly fail: () => Promise<void>
  /** Pulls the disk while it still fails, so that nothing reaches it any more, then puts it in again, whole and checked. */
  readonly replace: () => Promise<void>
  /** Takes everything away, whatever state it is in. */
  readonly remove: () => Promise<void>
}

/** What e2fsck ends with where a disk is mounted somewhere: an error of its own, not of the file system (e2fsck(8)). */
const inUse = 8

/**
 * Mounts ext4 on a loop device at a path. The device's file lies on ext4 too, which refuses to write to a file that is
 * immutable, also where it is open already: the loop device makes an I/O error of that, as a disk does that went bad. The
 * kernel here has no device-mapper, and a loop device needs none. `dir` keeps the files, and is the caller's to remove.
 */
export async function failingDisk(dir: string, at: string): Promise<FailingDisk> {
  const below = join(dir, 'below')
  const image = join(below, 'disk')
  let device = ''
  await mkdir(below, { recursive: true })
  await mkdir(at, { recursive: true })

  async function remove(): Promise<void> {
    // Each may not be there: a disk that was made in part is removed too.
    await local(['chattr', '-i', image])
    await local(['umount', '--lazy', at])
    if (device !== '') await local(['losetup', '--detach', device])
    await local(['umount', '--lazy', below])
  }

  try {
    await must(['truncate', '--size', '40M', `${below}.img`])
    await must(['mkfs.ext4', '-q', '-F', `${below}.img`])
    await must(['mount', '-o', 'loop', `${below}.img`, below])
    await must(['truncate', '--size', '24M', image])
    // With a journal of its own it would be the first to meet the error, and go read-only: that one is easier to survive.
    await must(['mkfs.ext4', '-q', '-F', '-m', '0', '-O', '^has_journal', image])
    device = await must(['losetup', '--find', '--show', image])
    await must(['mount', device, at])
  } catch (error) {
    await remove()
    throw error
  }
  return {
    async fail() {
      await must(['chattr', '+i', image])
    },
    async replace() {
      await must(['umount', at])
      await must(['chattr', '-i', image])
      // Whoever made a mount namespace of his own meanwhile (another test, a machine that boots) has the disk mounted there still.
      let checked = await local(['e2fsck', '-f', '-p', device])
      const free = async () => {
        if (checked.code === inUse) checked = await local(['e2fsck', '-f', '-p', device])
        return checked.code !== inUse
      }
      await until(free, 60_000)
      assert.ok(checked.code === 0 || checked.code === 1, checked.stdout + checked.stderr)
      await must(['mount', device, at])
    },
    remove,
  }
}

async function must(argv: readonly string[]): Promise<string> {
  const ran = await local(argv)
  assert.equal(ran.code, 0, `${argv.join(' ')}\n${ran.stdout}${ran.stderr}`)
  return ran.stdout.trim()
}
