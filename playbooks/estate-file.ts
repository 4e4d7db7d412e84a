import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { checkEstate } from '../core/estate/check.ts'
import { resolveEstate } from '../core/estate/resolve.ts'
import type { ResolvedEstate, ResolvedSystem } from '../core/estate/resolved.ts'
import { loadEstate } from '../schemas/load.ts'
import { didYouMean } from '../schemas/nearest.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import type { Shell } from './command.ts'

/** Reads, checks and resolves the estate file that the command line names. Problems: all of the file at once. */
export async function openEstate(shell: Shell): Promise<Result<ResolvedEstate>> {
  const path = resolve(shell.cwd, shell.estatePath)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return fail({
      code: 'estate/not-found',
      what: 'There is no estate file here that can be read.',
      where: shell.estatePath,
      fix: 'Name it with --estate FILE, or write one with `upkeep init`.',
    })
  }
  const loaded = loadEstate(shell.estatePath, text)
  if (!loaded.ok) return loaded
  const { errors } = checkEstate(loaded.value)
  if (errors.length > 0) return fail(...errors)
  return ok(resolveEstate({ ...loaded.value, path }))
}

/** The system of that name; a wrong name gives the ones that exist. */
export function systemNamed(estate: ResolvedEstate, name: string | undefined): Result<ResolvedSystem> {
  const names = Object.keys(estate.systems)
  const only = names.length === 1 ? names[0] : undefined
  const system = estate.systems[name ?? only ?? '']
  if (system !== undefined && (name === undefined || names.includes(name))) return ok(system)
  const near = name === undefined ? undefined : didYouMean(name, names)
  return fail({
    code: 'usage/system',
    what: name === undefined ? 'Name a system with --system NAME.' : 'The estate has no system of this name.',
    ...(name === undefined ? {} : { found: name }),
    expected: `${names.join(', ')}${near === undefined ? '' : `. ${near}`}`,
  })
}
