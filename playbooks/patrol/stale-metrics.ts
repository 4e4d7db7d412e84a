import { open, readdir, unlink } from 'node:fs/promises'
import { constants } from 'node:fs'
import { join } from 'node:path'
import { whyNot } from '../../core/durable.ts'
import type { ResolvedEstate } from '../../core/estate/resolved.ts'
import type { Problem } from '../../schemas/problem.ts'

/** Name of the file with the metrics of a system. No name of an estate or a system has an underscore: no two can meet. */
export function metricsFile(estate: string, system: string): string {
  return `upkeep-patrol-${estate}_${system}.prom`
}

/**
 * Removes what this estate has left in a directory of metrics and has no system for any more: its last figures would be taken for
 * those of today. Whose a file is, its samples say, and not its name. Problem: `patrol/not-removed`.
 */
export async function removeStaleMetrics(
  directory: string,
  estate: ResolvedEstate,
): Promise<readonly Problem[]> {
  const wanted = Object.keys(estate.systems).map((system) => metricsFile(estate.name, system))
  // What can not be looked into could not be written to either, and that is told.
  const names = await readdir(directory).catch(() => [])
  const problems: Problem[] = []
  for (const name of names) {
    if (!/^upkeep-patrol-.*\.prom$/.test(name) || wanted.includes(name)) continue
    const place = join(directory, name)
    if (!(await isOf(place, estate.name))) continue
    const code = await whyNot(unlink(place))
    if (code === null || code === 'ENOENT') continue
    problems.push({
      code: 'patrol/not-removed',
      what: 'The metrics of a system that the estate does not have any more can not be removed.',
      where: place,
      found: code,
      fix: 'Remove the file: else its last figures are taken for those of today.',
    })
  }
  return problems
}

/** Whether the first sample of a file is one of an inspection of this estate. */
async function isOf(place: string, estate: string): Promise<boolean> {
  const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => null,
  )
  if (file === null) return false
  try {
    if (!(await file.stat()).isFile()) return false
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    const [first = ''] = buffer
      .toString('utf8', 0, bytesRead)
      .split('\n')
      .filter((line) => !line.startsWith('#'))
    return first.startsWith('upkeep_patrol_') && first.includes(`{estate="${estate}",`)
  } finally {
    await file.close()
  }
}
