import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { labBackup } from './backup.ts'
import { erpParts, labHost, labHosts } from './hosts.ts'
import { deleteSnapshots, snapshot } from './image.ts'
import { labPaths } from './layout.ts'
import { startMachine, stopMachine } from './machine.ts'
import { waitUntilHealthy } from './up.ts'

/**
 * Puts hosts back to the pristine state and returns when they and what they carry answer again; snapshots of them are
 * deleted; a database host takes the other
 * databases and the application hosts of its ring with it. Answers the names that were reset.
 */
export async function labReset(names: readonly string[], dir?: string): Promise<readonly string[]> {
  const paths = labPaths(dir)
  if (!existsSync(paths.complete)) throw new Error('the lab is not up: there is no pristine state')
  const reset = withTheirDatabases(names)
  await Promise.all(
    reset.map(async (name) => {
      await stopMachine(paths, name, 'at once')
      await deleteSnapshots(paths, name)
      await snapshot(join(paths.pristine, name), join(paths.hosts, name))
      await startMachine(paths, name)
    }),
  )
  await waitUntilHealthy(paths, reset.map(labHost))
  // The gate asks for the age of the last backup, which would be that of the pristine state.
  if (reset.includes('ops') || reset.includes(erpParts.production.databaseHost)) await labBackup(dir)
  return reset
}

/** The named hosts, and those that would be inconsistent if these alone went back. */
export function withTheirDatabases(names: readonly string[]): readonly string[] {
  const holdsData = (name: string) =>
    labHost(name).roles.some((role) => role === 'primary' || role === 'standby')
  const rings = new Set(names.filter(holdsData).map((name) => labHost(name).ring))
  const goesToo = (name: string) =>
    rings.has(labHost(name).ring) &&
    labHost(name).system === 'erp' &&
    (holdsData(name) || labHost(name).roles.includes('app'))
  return labHosts.map(({ name }) => name).filter((name) => names.includes(name) || goesToo(name))
}
