import { existsSync, mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { endInBackground, isAtWork, startInBackground } from './background.ts'
import { network, repositoryPort, type LabPaths } from './layout.ts'
import { must, succeeds, until } from './must.ts'
import { servedDirectory } from './repository.ts'

const serverMark = 'serve-repository'

/** Makes the bridge with the controller's address on it, if it is not there; a foreign use of the network is refused. */
export async function upBridge(): Promise<void> {
  const { bridge, controller, prefix } = network
  if (!(await hasBridge())) {
    const table = await must(['ip', '-4', 'route', 'show', 'root', network.cidr])
    if (table.trim() !== '') throw new Error(`this machine already uses ${network.cidr}: ${table.trim()}`)
    await must(['ip', 'link', 'add', bridge, 'type', 'bridge'])
  }
  await must(['ip', 'address', 'replace', `${controller}/${prefix}`, 'dev', bridge])
  await must(['ip', 'link', 'set', bridge, 'up'])
}

/** Removes the bridge. */
export async function downBridge(): Promise<void> {
  if (await hasBridge()) await must(['ip', 'link', 'delete', network.bridge])
}

/** Whether the lab's bridge exists. */
export async function hasBridge(): Promise<boolean> {
  return succeeds(['ip', 'link', 'show', 'dev', network.bridge])
}

/** Starts the process that serves packages to the hosts, in a session of its own, unless it runs. */
export async function upServer(paths: LabPaths, node: string): Promise<void> {
  if (serverPid(paths) === undefined) {
    for (const dir of [paths.run, paths.log]) mkdirSync(dir, { recursive: true })
    const log = join(paths.log, 'repository.log')
    closeSync(openSync(log, 'a', 0o600))
    const cli = join(import.meta.dirname, 'cli.ts')
    const program = [
      node,
      cli,
      serverMark,
      servedDirectory(paths),
      network.controller,
      String(repositoryPort),
    ]
    writeFileSync(serverFile(paths), String(await startInBackground(program, log)))
  }
  const listens = () => succeeds(['bash', '-c', `: </dev/tcp/${network.controller}/${repositoryPort}`])
  if (!(await until(listens, 15_000, 100)))
    throw new Error(`nothing serves packages: see ${paths.log}/repository.log`)
}

/** Ends the process that serves packages. */
export async function downServer(paths: LabPaths): Promise<void> {
  const pid = serverPid(paths)
  if (pid !== undefined) await endInBackground(pid, serverMark, 3_000)
  rmSync(serverFile(paths), { force: true })
}

/** Process id of the running package server. */
export function serverPid(paths: LabPaths): number | undefined {
  const file = serverFile(paths)
  if (!existsSync(file)) return undefined
  const pid = Number(readFileSync(file, 'utf8'))
  return isAtWork(pid, serverMark) ? pid : undefined
}

function serverFile(paths: LabPaths): string {
  return join(paths.run, 'repository.pid')
}
