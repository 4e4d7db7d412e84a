import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { AtEnd } from './at-end.ts'
import { killTree, memoryOf, processorOf, treeOf } from './process-tree.ts'

/** One run of a program with all that it started: seconds of wall and of processor time (user and system), bytes. */
export type Measured = {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly wall: number
  readonly processor: number
  /** The most that its largest process held. */
  readonly largest: number
  /** The most that all of its processes held of their own at the same time, looked at every 0.2 s. */
  readonly together: number
}

export type MeasuredOptions = {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

// The shell has waited for the program, and the program for its children, when their time is read here.
const script = '"$@" 3>&-; code=$?; read -r stat </proc/$$/stat; echo "$stat" >&3; exit $code'
const lookEveryMs = 200

// The command line keeps there what it has stripped of types, so the programs of the bench find it too.
const compileCache = join(import.meta.dirname, '../node_modules/.cache/upkeep')

/** Runs a program as an argument list and measures it; a non-zero exit is a value. It is ended with the bench. */
export async function measured(
  argv: readonly string[],
  end: AtEnd,
  o: MeasuredOptions = {},
): Promise<Measured> {
  const startedMs = performance.now()
  const child = spawn('sh', ['-c', script, 'sh', ...argv], {
    // In a group of its own: Ctrl-C is for the bench to act upon.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    ...(o.cwd === undefined ? {} : { cwd: o.cwd }),
    env: { ...process.env, LC_ALL: 'C.UTF-8', NODE_COMPILE_CACHE: compileCache, ...o.env },
  })
  const { pid, stdout: out, stderr: err } = child
  if (pid === undefined || out === null || err === null) throw new Error(`not started: ${argv[0] ?? ''}`)
  let running = true
  const stop = () => running && killTree(pid)
  end.add(stop)
  const late = setTimeout(stop, o.timeoutMs ?? 300_000)
  let largest = 0
  let together = 0
  const looking = setInterval(() => {
    const now = treeOf(pid).slice(1).map(memoryOf)
    largest = Math.max(largest, ...now.map(({ most }) => most))
    together = Math.max(
      together,
      now.reduce((sum, { own }) => sum + own, 0),
    )
  }, lookEveryMs)
  try {
    const [, stdout, stderr, stat] = await Promise.all([
      once(child, 'exit').then(() => (running = false)),
      text(out),
      text(err),
      text(child.stdio[3] as NodeJS.ReadableStream),
    ])
    const wall = (performance.now() - startedMs) / 1000
    return {
      code: child.exitCode ?? 128,
      stdout,
      stderr,
      wall,
      processor: processorOf(stat).children,
      largest,
      together,
    }
  } finally {
    clearTimeout(late)
    clearInterval(looking)
  }
}
