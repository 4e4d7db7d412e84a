import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Whether this user may mount a disk that is soon full. */
export const mayMount = process.getuid?.() === 0

/** Mounts an empty disk of so many bytes in memory; it goes when the test ends. */
export function tinyDisk(context: TestContext, bytes: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'upkeep-test', dir])
  context.after(() => {
    execFileSync('umount', [dir])
    rmdirSync(dir)
  })
  return dir
}
