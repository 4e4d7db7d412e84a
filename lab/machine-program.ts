import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { quoteAll } from '../connect/quote.ts'
import type { LabPaths } from './layout.ts'

/** Writes `fs/machine`: `machine stop|start NAME`, by which the snapshot driver ends and boots a host. */
export function writeMachineProgram(paths: LabPaths, node: string): void {
  const cli = join(import.meta.dirname, 'cli.ts')
  const program = quoteAll([node, '--disable-warning=DEP0190', cli, 'machine', paths.dir])
  writeFileSync(join(paths.fs, 'machine'), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 })
}
