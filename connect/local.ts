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

/**
 * Runs one command of this machine, given as an argument list (no shell reads it), and returns its result;
 * a non-zero exit is a value, not an exception. The only user of zx.
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
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  })`${[...argv]}`
  // A command may end without reading its input: that is its answer, and no reason for this process to end.
  command.stdin.on('error', () => {})
  const out = await command
  return {
    code: out.exitCode,
    stdout: out.stdout,
    stderr: out.stderr,
    timedOut: out.exitCode === null && options.timeoutMs !== undefined && out.duration >= options.timeoutMs,
  }
}
