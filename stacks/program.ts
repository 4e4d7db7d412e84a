import { type ResolvedEstate } from '../core/estate/resolved.ts'
import { monitoringFiles } from '../core/monitoring/files.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import { didYouMean } from '../schemas/nearest.ts'

/** The programs that there are. */
export const programs = ['backup', 'monitoring', 'windows'] as const

/** Makes the resources of a program and gives the outputs of its stack. */
export type Program = () => Promise<Record<string, unknown>>

/** The program that a stack of this name runs; undefined where there is none. */
export function programNamed(stack: string): (typeof programs)[number] | undefined {
  return programs.find((one) => stack === one || stack.startsWith(`${one}-`))
}

/**
 * The program that a stack runs: its name, or its name with an environment (`backup-lab`). Nothing is made or asked for
 * here. Problems: no such program, nothing in the estate to make, or alerts that would reach nobody.
 */
export function programOf(stack: string, estate: ResolvedEstate): Result<Program> {
  const name = programNamed(stack)
  const { offsite, cloudMonitoring, cloudWindows } = estate
  switch (name) {
    case undefined:
      return unknown(stack)
    case 'backup':
      if (offsite === undefined) return empty(name, 'off-site stores', 'offsite')
      return ok(async () => (await import('./backup.ts')).backup(estate, offsite))
    case 'monitoring': {
      if (cloudMonitoring === undefined) return empty(name, 'a monitoring host in AWS', 'cloudMonitoring')
      const files = monitoringFiles(estate, cloudMonitoring.runbooks)
      if (!files.ok) return files
      return ok(async () =>
        (await import('./monitoring.ts')).monitoring(estate, cloudMonitoring, files.value),
      )
    }
    case 'windows':
      if (cloudWindows === undefined) return empty(name, 'windows that AWS opens', 'cloudWindows')
      return ok(async () => (await import('./windows.ts')).windows(estate, cloudWindows))
  }
}

function unknown(stack: string): Result<never> {
  const near = didYouMean(stack, programs)
  return fail({
    code: 'input/stack-unknown',
    what: 'There is no program for a stack of this name.',
    found: stack,
    expected: programs.map((one) => `${one}, ${one}-ENVIRONMENT`).join(', '),
    ...(near === undefined ? {} : { fix: near }),
  })
}

function empty(program: string, subject: string, key: string): Result<never> {
  return fail({
    code: 'input/stack-empty',
    what: `The estate says nothing of ${subject}, so the stack "${program}" has nothing to make.`,
    fix: `Add "${key}:" to the estate.`,
  })
}
