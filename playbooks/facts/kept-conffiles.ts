import type { Host } from '../../connect/remote.ts'
import { sanitise } from '../../connect/text.ts'
import type { Result } from '../../schemas/problem.ts'
import { type Answer, ask } from './answer.ts'
import { printable, reading } from './reading.ts'

/**
 * A configuration file that a patch left as the admin made it, and the package's own beside it. `difference` is a
 * unified diff from the one to the other, the beginning of its lines; null where not everybody on the host may read
 * the file, as what is secret there must not come into a journal.
 */
export type KeptConffile = {
  readonly path: string
  readonly beside: string
  readonly difference: readonly string[] | null
}

const line = /^(?<path>[A-Za-z0-9+/=]+)\t(?<beside>[A-Za-z0-9+/=]+)\t(?<difference>[A-Za-z0-9+/=]*|-)$/

/** Reads which configuration files were kept since the file `since` was written on the host, at most 20. Problems: `fact/*`. */
export async function keptConffiles(host: Host, since: string): Promise<Result<readonly KeptConffile[]>> {
  const answer = await ask(host, { scripts: ['kept-conffiles.sh'], args: [since], timeoutMs: 60_000 })
  return answer.ok ? readKeptConffiles(answer.value) : answer
}

/** Reads the answer of `kept-conffiles.sh`. Problems: `fact/*`. */
export function readKeptConffiles(answer: Answer): Result<readonly KeptConffile[]> {
  const read = reading(answer)
  return read.done(
    read.rows('kept', line).map(({ path, beside, difference }) => ({
      path: name(path),
      beside: name(beside),
      difference: difference === '-' ? null : linesOf(bytes(difference)),
    })),
  )
}

function linesOf(text: Buffer): readonly string[] {
  return sanitise(text.toString('utf8').trimEnd(), 4000).split('\n')
}

function name(base64: string | undefined): string {
  return sanitise(printable(bytes(base64)), 300)
}

function bytes(base64 = ''): Buffer {
  return Buffer.from(base64, 'base64')
}
