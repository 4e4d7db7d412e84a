import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Outside } from '../../playbooks/command-line.ts'

const root = join(import.meta.dirname, '../..')
const main = join(root, 'playbooks/upkeep.js')
const quiet = '--disable-warning=DEP0190'

/** What a program answered. */
export type Answer = { readonly code: number | null; readonly out: string; readonly err: string }

export type Surroundings = {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs `upkeep` as a process of its own, its output in pipes. */
export function upkeep(args: readonly string[], o: Surroundings = {}): Answer {
  return program([process.execPath, quiet, main, ...args], o)
}

/** Runs `zx SCRIPT ARGS` as `npx zx` does: the project's own programs come first in PATH. */
export function zx(args: readonly string[], o: Surroundings = {}): Answer {
  return program([join(root, 'node_modules/.bin/zx'), ...args], o)
}

/** Runs a shell line on a terminal of its own, 80 columns wide; the answer is what the terminal got. */
export function onTerminal(line: string, o: Surroundings = {}): Answer {
  return program(['script', '-qefc', `stty cols 80; ${line}`, '/dev/null'], {
    ...o,
    env: { TERM: 'xterm', ...o.env },
  })
}

/** The words that run `upkeep` in a shell line. */
export const upkeepWords = `'${process.execPath}' ${quiet} '${main}'`

/** Runs `upkeep` with a reader that goes away at once, and answers with its exit code and errors. */
export function withoutReader(args: readonly string[], cwd: string): Promise<Answer> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [quiet, main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let err = ''
    child.stdout.destroy()
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('close', (code) => resolve({ code, out: '', err }))
  })
}

/** Processor time in milliseconds, user and system, that a command line costs. */
export function processorMs(args: readonly string[]): number {
  const report = `data:text/javascript,process.on('exit',()=>{const c=process.cpuUsage();process.stderr.write('\\ncpu '+(c.user+c.system)/1000)})`
  const { err } = program([process.execPath, quiet, '--import', report, main, ...args], {})
  return Number(/cpu ([0-9.]+)$/.exec(err)?.[1])
}

/** An empty directory, or one with the sample estate in it, that goes when the test ends. */
export function directory(context: TestContext, withEstate = false): string {
  const path = mkdtempSync(join(tmpdir(), 'upkeep-cli-'))
  context.after(() => rmSync(path, { recursive: true, force: true }))
  if (withEstate) copyFileSync(join(root, 'playbooks/init-estate.yaml'), join(path, 'estate.yaml'))
  return path
}

/** An outside that keeps what is said, for command lines within this process. */
export function recorded(o: Partial<Outside> = {}) {
  const out: string[] = []
  const err: string[] = []
  const outside: Outside = {
    out: (line) => out.push(line),
    outParts: async (parts) => void out.push([...parts].join('')),
    note: (line) => err.push(line),
    input: async () => '',
    ask: async () => null,
    terminal: { live: false, columns: 80, colour: false, raw: () => {} },
    env: {},
    cwd: '/nonexistent',
    user: 'ada',
    machine: 'ops-1',
    pid: 1,
    now: () => Date.UTC(2026, 10, 21),
    argv: [],
    program: ['/usr/bin/node', '/opt/upkeep/playbooks/upkeep.js'],
    killSelf: () => {},
    suspendSelf: () => {},
    exit: () => {},
    onInterrupt: () => () => {},
    ...o,
  }
  return { outside, out: () => out.join('\n'), err: () => err.join('\n') }
}

function program([command = '', ...args]: readonly string[], { cwd = root, env = {} }: Surroundings): Answer {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(NO_COLOR|FORCE_COLOR|UPKEEP_.*|NODE_.*)$/.test(name),
  )
  const ran = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
    env: {
      ...Object.fromEntries(inherited),
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      ...env,
    },
  })
  if (ran.error !== undefined) throw ran.error
  return { code: ran.status, out: ran.stdout, err: ran.stderr }
}
