import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { local } from '../connect/local.ts'

/** The peers, pinned: another version is another measurement. */
export const pinned = ['ansible-core==2.19.14', 'parallel-ssh==2.16.0.post1', 'pyinfra==3.10.0'] as const

/** Programs of the peers, by absolute path, and what they call themselves. */
export type Peers = {
  readonly ansible: string
  readonly pyinfra: string
  /** The Python that has parallel-ssh. */
  readonly python: string
  readonly versions: readonly string[]
}

/** Directory outside the project where the peers' virtual environment is kept from run to run. */
export function peersDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const cache = env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  return join(cache, 'upkeep/bench', pinned.join('+').replaceAll('==', '-'))
}

/** Installs the peers from the configured package index unless they are there; throws with pip's words when it can not. */
export async function peersReady(tell: (line: string) => void): Promise<Peers> {
  const there = peersDirectory()
  if (!existsSync(join(there, 'complete'))) {
    tell(`Installing ${pinned.join(' and ')} into ${there}`)
    rmSync(there, { recursive: true, force: true })
    mkdirSync(there, { recursive: true })
    // Its scripts name the environment's own path, so it is made where it stays and marked when it is whole.
    await must(['python3', '-m', 'venv', there])
    await must([join(there, 'bin/pip'), 'install', '--quiet', ...pinned])
    mkdirSync(join(there, 'complete.new'))
    renameSync(join(there, 'complete.new'), join(there, 'complete'))
  }
  const ansible = join(there, 'bin/ansible')
  const pyinfra = join(there, 'bin/pyinfra')
  const python = join(there, 'bin/python')
  const versions = [
    versionIn(await must([ansible, '--version'])),
    versionIn(await must([pyinfra, '--version'])),
    pinned[1].replace('==', ' '),
    versionIn(await must(['ssh', '-V'])),
  ]
  return { ansible, pyinfra, python, versions }
}

/** The first line of what a program says about its version. */
export function versionIn(said: string): string {
  return said.trim().split('\n')[0]?.replaceAll(/[[\]]/g, '') ?? ''
}

/** Hosts that `ansible` says it has done, in its words for one task: "NAME | CHANGED | rc=0 >>" and "NAME | SUCCESS => {". */
export function doneByAnsible(stdout: string): number {
  return new Set([...stdout.matchAll(/^(\S+) \| (?:CHANGED|SUCCESS)\b/gm)].map(([, name]) => name)).size
}

/** Hosts of which `pyinfra fact` prints what it found: "NAME": {...} at the margin of its JSON, and not null. */
export function factsByPyinfra(said: string): number {
  return new Set([...said.matchAll(/^ {4}"([^"]+)": (?!null)/gm)].map(([, name]) => name)).size
}

/** Hosts that `pyinfra` counts as done (changed or as wanted) in the last line of its table of results. */
export function doneByPyinfra(said: string): number {
  // Columns: hosts, success, error, no change; a dash is none.
  const [, success = '0', same = '0'] = /^ *Grand total +\S+ +(\S+) +\S+ +(\S+)/m.exec(said) ?? []
  return (Number(success) || 0) + (Number(same) || 0)
}

async function must(argv: readonly string[]): Promise<string> {
  const ran = await local(argv, { timeoutMs: 300_000 })
  if (ran.code !== 0) throw new Error(`${argv.join(' ')}: ${ran.stderr.trim().slice(-600)}`)
  return ran.stdout.trim() === '' ? ran.stderr : ran.stdout
}
