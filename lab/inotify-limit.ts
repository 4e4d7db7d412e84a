import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabPaths } from './layout.ts'

const kernel = '/proc/sys/fs/inotify/max_user_instances'
// Each host takes about ten, all of one user (root) and beside those of this machine; Debian allows 128.
const enough = 1024

/** Lets ten more systemds watch files; else units of the hosts fail at random. What the limit was is written down. */
export function raiseInotifyLimit(paths: LabPaths): void {
  const before = readFileSync(kernel, 'utf8').trim()
  if (Number(before) >= enough) return
  if (!existsSync(recordOf(paths))) writeFileSync(recordOf(paths), before)
  writeFileSync(kernel, String(enough))
}

/** Puts the limit back to what it was, unless somebody has changed it since. */
export function restoreInotifyLimit(paths: LabPaths): void {
  if (!existsSync(recordOf(paths))) return
  if (readFileSync(kernel, 'utf8').trim() === String(enough)) {
    writeFileSync(kernel, readFileSync(recordOf(paths), 'utf8').trim())
  }
  rmSync(recordOf(paths))
}

function recordOf(paths: LabPaths): string {
  return join(paths.dir, 'inotify-before')
}
