import { chmod, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory, writeNew } from '../../core/durable.ts'
import type { Standing } from './standing.ts'

/**
 * Puts unit files as they are wanted: what is new or differs in place at once, what is gone away; on the disk before it
 * resolves. May be broken off and run again at any point; files of others are not touched.
 */
export async function putUnits(
  directory: string,
  files: Readonly<Record<string, string>>,
  standing: ReadonlyMap<string, Standing>,
): Promise<void> {
  for (const [file, state] of standing) {
    const path = join(directory, file)
    const text = files[file]
    if (state === 'gone') await rm(path, { force: true })
    else if (text !== undefined && state !== 'same' && state !== 'off') await put(path, text)
  }
  await syncDirectory(directory)
}

async function put(path: string, text: string): Promise<void> {
  // No ending that systemd reads.
  const temporary = `${path}.upkeep-new`
  await rm(temporary, { force: true })
  await writeNew(temporary, text, 0o644)
  // Whatever the umask of who installs: systemd warns of units that not all may read.
  await chmod(temporary, 0o644)
  await rename(temporary, path)
}
