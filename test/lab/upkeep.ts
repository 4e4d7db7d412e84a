import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parse, stringify } from 'yaml'
import { labEstate, type LabTiming } from '../../lab/estate.ts'
import { defaultLabDir } from '../../lab/layout.ts'
import type { Estate } from '../../schemas/estate.ts'

const root = join(import.meta.dirname, '../..')

/** Where the lab of these tests lies, when it is not the usual place. */
export const labDir = process.env['UPKEEP_LAB_DIR'] ?? defaultLabDir

/** How a command line ended; `code` is null when a signal ended it. */
export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** A command line under way. */
export type Running = {
  readonly pid: number
  /** Everything it has said so far, both streams. */
  readonly said: () => string
  /** Waits until it says this, or has ended; answers whether it did say it. */
  readonly says: (pattern: RegExp) => Promise<boolean>
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<Ran>
}

export type Around = {
  /** Path of the estate file. */
  readonly estate: string
  readonly env?: Readonly<Record<string, string>>
  /** Directory in which it runs; that of the project. */
  readonly cwd?: string
  /** After this it is killed; 5 minutes. */
  readonly timeoutMs?: number
}

/** Runs `upkeep` as a process of its own on an estate, its output in pipes. */
export function upkeep(words: readonly string[], around: Around): Promise<Ran> {
  return startUpkeep(words, around).ended
}

/** Program and words of a command line on an estate. */
export function upkeepCommand(words: readonly string[], estate: string) {
  const main = join(root, 'playbooks/upkeep.js')
  return {
    program: process.execPath,
    argv: ['--disable-warning=DEP0190', main, ...words, '--estate', estate],
  }
}

/** Starts `upkeep` as a process of its own, to be watched and killed. */
export function startUpkeep(words: readonly string[], around: Around): Running {
  const { estate, env = {}, cwd = root, timeoutMs = 300_000 } = around
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(NO_COLOR|FORCE_COLOR|UPKEEP_.*|NODE_.*)$/.test(name),
  )
  const { program, argv } = upkeepCommand(words, estate)
  const child = spawn(program, argv, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    for (const listener of listeners) listener()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    for (const listener of listeners) listener()
  })
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ code, stdout, stderr })
      for (const listener of listeners) listener()
    })
  })
  const said = () => stdout + stderr
  return {
    pid: child.pid ?? 0,
    said,
    says: (pattern) =>
      new Promise((resolve) => {
        function look(): void {
          const found = pattern.test(said())
          if (!found && child.exitCode === null && child.signalCode === null) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        look()
      }),
    kill: (signal) => void child.kill(signal),
    ended,
  }
}

/** A changed copy of the lab's estate, with a journal and a store of its own. */
export type OwnEstate = {
  readonly path: string
  /** Its state directory. */
  readonly state: string
  /** Where it lies; whatever else a test puts here goes with it. */
  readonly dir: string
  /** Writes the file again, changed once more. */
  readonly change: (change: (estate: Estate) => void) => Promise<void>
  readonly remove: () => Promise<void>
}

/** What tests use: production is due at once. */
const quickTiming: LabTiming = { soak: '1s', notice: '1s', observe: '1s' }

/** Writes a copy of the lab's estate into a directory of its own, changed by `change`. */
export async function ownEstate(
  change: (estate: Estate) => void = () => {},
  timing = quickTiming,
): Promise<OwnEstate> {
  const dir = await mkdtemp(join(tmpdir(), 'upkeep-lab-test-'))
  const path = join(dir, 'estate.yaml')
  const state = join(dir, 'state')
  const estate = parse(labEstate(labDir, timing)) as Estate
  estate.state = state
  // Hosts know an estate by its name: one with another journal is another one.
  estate.name = basename(dir).toLowerCase()
  async function write(more: (estate: Estate) => void): Promise<void> {
    more(estate)
    await writeFile(path, stringify(estate))
  }
  await write(change)
  return {
    path,
    state,
    dir,
    change: write,
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}
