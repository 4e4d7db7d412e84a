import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labPaths } from '../../lab/layout.ts'
import { leaderPid } from '../../lab/machine.ts'
import { must } from '../../lab/must.ts'
import { labDir } from './upkeep.ts'

const paths = labPaths(labDir)

/** A disk with a file system of its own, that hosts of the lab can be given. */
export type OwnDisk = {
  /** Mounts it on a running host, as its own root could where it has the device. */
  readonly mountOn: (host: string, place: string) => Promise<void>
  /** Takes it away; where it is still mounted, it goes with the last mount. */
  readonly remove: () => Promise<void>
}

/** Makes a disk of so many MiB, with an empty ext4 in blocks of 4096 bytes. */
export async function ownDisk(sizeMiB: number): Promise<OwnDisk> {
  const dir = await mkdtemp(join(tmpdir(), 'upkeep-disk-'))
  const image = join(dir, 'image')
  await must(['truncate', '-s', `${sizeMiB}M`, image])
  await must(['mkfs.ext4', '-q', '-b', '4096', image])
  const device = (await must(['losetup', '--find', '--show', image])).trim()
  return {
    async mountOn(host, place) {
      const numbers = (await must(['stat', '-c', '%t %T', device])).trim().split(' ')
      const [major = '', minor = ''] = numbers.map((hex) => String(parseInt(hex, 16)))
      const node = join(paths.hosts, host, 'root/disk')
      await rm(node, { force: true })
      await must(['mknod', node, 'b', major, minor])
      const into = ['nsenter', `--target=${leaderPid(paths, host)}`, '--mount', '--root']
      await must([...into, 'mount', '-t', 'ext4', '/root/disk', place])
      await rm(node)
    },
    async remove() {
      await must(['losetup', '--detach', device])
      await rm(dir, { recursive: true, force: true })
    },
  }
}
