import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { local, type LocalResult } from '../../connect/local.ts'

/** Something that is made once a machine, and how. */
export type Once = {
  /** The last file that is made: with it all of it is there. */
  readonly made: string
  /** A file beside, that stays: who makes it has a lock on it, and writes its number into it. */
  readonly lock: string
  /** What is said to who has to wait for another process. */
  readonly what: string
  /** Words for sh, which makes it; what it may use of names is in `env`, `made` among them. */
  readonly script: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

// The kernel ends a lock with the process that has it: none is ever left over. The script is a child of its own, so it
// ends what it has begun even where the program that asked for it was killed.
const alone = 'set -eu; [ -e "$made" ] || { echo $$ >"$lock"; eval "$script"; }'

/** Has something made by one process alone: who comes meanwhile waits for it, and uses what was made. */
export async function once(
  { made, lock, what, script, env, timeoutMs }: Once,
  report: (line: string) => void,
): Promise<void> {
  for (const file of [made, lock]) mkdirSync(dirname(file), { recursive: true })
  const options = { env: { ...env, made, lock, script }, timeoutMs, terminal: true }
  const asked = ['sh', '-c', alone]
  const first = await local(['flock', '--nonblock', '--conflict-exit-code', '75', lock, ...asked], options)
  if (first.code === 0) return
  if (first.code !== 75) throw new Error(`${what} could not be made: ${saidBy(first)}`)
  report(`another process makes ${what} (its number is in ${lock}): waiting for it`)
  const second = await local(['flock', lock, ...asked], options)
  if (second.code !== 0) throw new Error(`${what} could not be made: ${saidBy(second)}`)
}

function saidBy({ code, stdout, stderr }: LocalResult): string {
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(-8).join('\n')
  return `exit ${code ?? 'by signal'}\n${said}`
}
