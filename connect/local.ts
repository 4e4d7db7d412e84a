import { setTimeout as sleep } from 'node:timers/promises'

/** What a command on this machine answered. `code` is null when it was ended by a signal or the time limit. */
export type LocalResult = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

/** Options of a local command; `input` goes to its standard input, which is closed otherwise. */
export type LocalOptions = {
  readonly input?: string | Buffer
  readonly timeoutMs?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A command that is asked to end at its time limit has this long (ms) for it; then it is killed. */
const graceMs = 3_000

/**
 * Runs one command of this machine, given as an argument list (no shell reads it), and returns its result;
 * a non-zero exit is a value, not an exception. At the time limit it is ended with all that it has started, and what
 * outlives even that is not waited for. The only user of zx.
 */
export async function local(argv: readonly string[], options: LocalOptions = {}): Promise<LocalResult> {
  if (argv.some((word) => word.includes('\0'))) throw new Error('NUL in an argument')
  const { $ } = await import('zx')
  const command = $({
    quiet: true,
    nothrow: true,
    input: options.input ?? '',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...$.env, LC_ALL: 'C.UTF-8', ...options.env },
  })`${[...argv]}`
  // A command may end without reading its input: that is its answer, and no reason for this process to end.
  command.stdin.on('error', () => {})
  const ended = command.then(({ exitCode, stdout, stderr }) => ({ code: exitCode, stdout, stderr }))
  const limitMs = options.timeoutMs
  if (limitMs === undefined) return { ...(await ended), timedOut: false }

  const within = new AbortController()
  const after = (ms: number) =>
    sleep(ms, undefined, { signal: within.signal }).then(
      () => 'late' as const,
      () => 'late' as const,
    )
  try {
    const first = await Promise.race([ended, after(limitMs)])
    if (first !== 'late') return { ...first, timedOut: false }
    await command.kill('SIGTERM').catch(() => {})
    let last = await Promise.race([ended, after(graceMs)])
    if (last === 'late') {
      await command.kill('SIGKILL').catch(() => {})
      last = await Promise.race([ended, after(graceMs)])
    }
    const said = last === 'late' ? { stdout: '', stderr: '' } : last
    return { ...said, code: null, timedOut: true }
  } finally {
    within.abort()
  }
}
