import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile, syncDirectory } from '../../core/durable.ts'
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
    else if (text !== undefined && state !== 'same' && state !== 'off')
      // An ending that systemd does not read; and systemd warns of units that not all may read.
      await replaceFile(path, `${path}.upkeep-new`, text, 0o644)
  }
  await syncDirectory(directory)
}
