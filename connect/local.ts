import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessPromise } from 'zx'

/**
 * What a command on this machine answered. `code` is null when it was ended by a signal, the time limit, or because it
 * printed more than is kept.
 */
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
  /** Output and errors together; a command that prints more is ended. Default 16 MiB. */
  readonly maxBytes?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** It may ask the person at the terminal, so it stays in its session: Ctrl-C reaches it. All others finish. */
  readonly terminal?: boolean
}

/** A command that is asked to end at its time limit has this long (ms) for it; then it is killed. */
const graceMs = 3_000
const defaultMaxBytes = 16 * 1024 * 1024

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
    // A session of its own: Ctrl-C is for this program to judge, not for the hypervisor's command in mid-work.
    detached: options.terminal !== true,
    input: options.input ?? '',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...$.env, LC_ALL: 'C.UTF-8', ...options.env },
  })`${[...argv]}`
  // A command may end without reading its input: that is its answer, and no reason for this process to end.
  command.stdin.on('error', () => {})
  const ended = endOf(command)
  const limitMs = options.timeoutMs
  const flooded = floodOf(command, options.maxBytes ?? defaultMaxBytes)

  // All of its group at once: a shell must not go on when only its child was ended.
  const toAll = (signal: 'TERM' | 'KILL') =>
    options.terminal === true
      ? command.kill(`SIG${signal}`).catch(() => {})
      : $({ quiet: true, nothrow: true })`kill -s ${signal} -- -${command.pid ?? ''}`
  const within = new AbortController()
  const after = (ms: number) =>
    sleep(ms, undefined, { signal: within.signal }).then(
      () => 'late' as const,
      () => 'late' as const,
    )
  try {
    const first = await Promise.race([ended, flooded, ...(limitMs === undefined ? [] : [after(limitMs)])])
    if (first === 'flood') await toAll('KILL')
    else if (first !== 'late') return { ...first, timedOut: false }
    if (first === 'flood') {
      const stopped = await Promise.race([ended, after(graceMs)])
      if (stopped === 'late') abandon(command)
      const stderr = `it printed more than ${options.maxBytes ?? defaultMaxBytes} bytes`
      return { code: null, stdout: '', stderr, timedOut: false }
    }
    await toAll('TERM')
    let last = await Promise.race([ended, after(graceMs)])
    if (last === 'late') {
      await toAll('KILL')
      last = await Promise.race([ended, after(graceMs)])
    }
    if (last === 'late') abandon(command)
    const said = last === 'late' ? { stdout: '', stderr: '' } : last
    return { ...said, code: null, timedOut: true }
  } finally {
    within.abort()
  }
}

// zx keeps whatever comes; so what must not be kept has to be stopped from coming.
function floodOf(command: ProcessPromise, maxBytes: number): Promise<'flood'> {
  return new Promise((resolve) => {
    let bytes = 0
    function count(chunk: Buffer): void {
      bytes += chunk.length
      if (bytes <= maxBytes) return
      command.child?.stdout?.destroy()
      command.child?.stderr?.destroy()
      resolve('flood')
    }
    command.stdout.on('data', count)
    command.stderr.on('data', count)
  })
}

async function endOf(command: ProcessPromise): Promise<Omit<LocalResult, 'timedOut'>> {
  const { exitCode, stdout, stderr } = await command
  return { code: exitCode, stdout, stderr }
}

// What left the command's session may hold its output open for ever: this process must be able to end all the same.
function abandon(command: ProcessPromise): void {
  command.child?.stdout?.destroy()
  command.child?.stderr?.destroy()
  command.child?.unref()
}
