import { local, type LocalOptions } from '../connect/local.ts'

/** Runs a command of this machine that has to succeed and returns its standard output; else throws what it said. */
export async function must(argv: readonly string[], options: LocalOptions = {}): Promise<string> {
  // Who ends the lab's own work, by Ctrl-C or otherwise, ends what it has started as well.
  const result = await local(argv, { ...options, terminal: true })
  if (result.code === 0) return result.stdout
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-8).join('\n')
  throw new Error(`${argv.slice(0, 4).join(' ')}: exit ${result.code ?? 'by signal'}\n${said}`)
}

/** Whether a command of this machine exits with 0. */
export async function succeeds(argv: readonly string[]): Promise<boolean> {
  return (await local(argv, { terminal: true })).code === 0
}

/** Waits for `ready` to answer true, at most `limitMs`; answers whether it did. */
export async function until(ready: () => Promise<boolean>, limitMs: number, everyMs = 200): Promise<boolean> {
  const deadline = AbortSignal.timeout(limitMs)
  while (!deadline.aborted) {
    if (await ready()) return true
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  return ready()
}
