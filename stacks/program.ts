import { type ResolvedEstate } from '../core/estate/resolved.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import { didYouMean } from '../schemas/nearest.ts'

/** The programs that there are. */
export const programs = ['backup'] as const

/** Makes the resources of a program and gives the outputs of its stack. */
export type Program = () => Promise<Record<string, unknown>>

/**
 * The program that a stack runs: its name, or its name with an environment (`backup-lab`). Nothing is made or asked for
 * here. Problems: no such program, or nothing in the estate to make.
 */
export function programOf(stack: string, estate: ResolvedEstate): Result<Program> {
  const name = programs.find((one) => stack === one || stack.startsWith(`${one}-`))
  if (name === undefined) {
    const near = didYouMean(stack, programs)
    return fail({
      code: 'input/stack-unknown',
      what: 'There is no program for a stack of this name.',
      found: stack,
      expected: programs.map((one) => `${one}, ${one}-ENVIRONMENT`).join(', '),
      ...(near === undefined ? {} : { fix: near }),
    })
  }
  const { offsite } = estate
  if (offsite === undefined) {
    return fail({
      code: 'input/stack-empty',
      what: 'The estate says nothing of off-site stores, so the stack "backup" has nothing to make.',
      fix: 'Add "offsite:" to the estate.',
    })
  }
  return ok(async () => {
    const { backup } = await import('./backup.ts')
    return backup(estate, offsite)
  })
}
