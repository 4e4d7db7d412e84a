import { resolve } from 'node:path'
import { readEstate, type ReadEstate } from '../core/estate/read.ts'
import type { ResolvedEstate, ResolvedSystem } from '../core/estate/resolved.ts'
import { fileText } from '../schemas/file-text.ts'
import { didYouMean } from '../schemas/nearest.ts'
import { noText } from '../schemas/no-text.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import { mostBytes } from '../schemas/source.ts'
import type { Shell } from './command.ts'

/** Reads, checks and resolves the estate file that the command line names. Problems: all of the file at once. */
export async function readEstateFile(shell: Shell): Promise<Result<ReadEstate>> {
  const path = resolve(shell.cwd, shell.estatePath)
  const read = await fileText(path, mostBytes)
  if (read.ok) return readEstate(shell.estatePath, read.text)
  return fail(
    noText('estate', shell.estatePath, read, mostBytes) ?? {
      code: 'estate/not-found',
      what: 'There is no estate file here that can be read.',
      where: shell.estatePath,
      fix: 'Name it with --estate FILE, or write one with `upkeep init`.',
    },
  )
}

/** The estate alone, for verbs that do not show its warnings. */
export async function openEstate(shell: Shell): Promise<Result<ResolvedEstate>> {
  const read = await readEstateFile(shell)
  return read.ok ? ok(read.value.estate) : read
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
