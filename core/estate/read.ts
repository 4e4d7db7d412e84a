import { loadEstate } from '../../schemas/load.ts'
import { ok, type Problem, type Result } from '../../schemas/problem.ts'
import { checkEstate } from './check.ts'
import { resolveEstate } from './resolve.ts'
import type { ResolvedEstate } from './resolved.ts'

/** An estate that can be worked with, and what may be wrong with it. */
export type ReadEstate = { readonly estate: ResolvedEstate; readonly warnings: readonly Problem[] }

/** Reads, checks and resolves the text of an estate file; problems `estate/...`, all mistakes at once, in file order. */
export function readEstate(path: string, text: string): Result<ReadEstate> {
  const loaded = loadEstate(path, text)
  if (!loaded.ok) return loaded
  const { errors, warnings } = checkEstate(loaded.value)
  if (errors.length > 0) return { ok: false, problems: errors }
  return ok({ estate: resolveEstate(loaded.value), warnings })
}
